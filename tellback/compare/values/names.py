"""Whether an output says a name of its source: whole, shortened, or as an acronym."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from os.path import commonprefix

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.names import acronym, agree, plain_word
from tellback.language.words import SMALL

_ADJECTIVAL = frozenset(("n", "an", "ian", "ean", "ese", "ish", "i"))
_COUNTRY = frozenset(("", "a", "e", "o", "y", "and"))
_PEOPLE = frozenset(("y", "ns", "ity"))  # «Tuscan» and «Tuscany», «India» and «Indians», «Christian» and «Christianity»
#: «## Key facts», «3. Current Work:», «- **Rules for the agent**:»
_LABEL = re.compile(r"[ \t]*(?:#{1,6}[ \t][^\n]*|(?:[-*•]|\d+[.)]|\[\d+\])?[ \t]*(?:[*_]{2})?[A-Z][^:\n.]{1,45}(?:[*_]{2})?:)")
_POINT = re.compile(r"[ \t]*(?:\[\d+\]|\(?\d+[.)](?=\s))")
_FORM = frozenset(("handoff", "handover", "recap", "todo", "todos", "tldr", "changelog", "followup", "workflow", "codebase", "backlog", "checkpoint"))
#: What a sentence, a heading, a point of a list or a label begins behind.
_OPENS = re.compile(r"(?:^|\n|[.!?:;]\s{1,3}|[#>*•_-]\s{0,2}|\d[.)]\s)\W{0,4}$")
_SPELLED = re.compile(r"[^\W\d_]+(?:[.&][^\W\d_])*")
#: «YoY», «DoD»: small letters stand for small words
_MIXED = re.compile(r"[A-Z][a-z]?(?:[A-Z][a-z]?){0,3}[A-Z]")

#: Common words that are written as an acronym.
_SPOKEN: dict[str, str | tuple[str, ...]] = {
    "TV": "television", "CEO": "chief executive", "VP": "vice president", "PM": "prime minister", "HQ": "headquarters", "LA": "los angeles",
    "DC": "washington", "PC": "computer", "MP": "member of parliament", "GP": "doctor", "PR": ("public relations", "pull request", "pull-request"),
    "MR": ("merge request", "merge-request"), "WW2": "second world war", "BID": "twice", "TID": "three times", "QID": "four times", "QD": "daily",
    "PRN": "as needed", "PO": "by mouth", "IV": "intravenous", "IM": "intramuscular", "SC": "subcutaneous", "ECG": "electrocardiogram",
    "HTN": "hypertension", "NKDA": "no known", "DM": "diabetes", "PMH": ("history of", "medical history"), "PSH": ("surgical history", "operation"),
    "FH": ("family history", "mother", "father"), "BD": ("twice", "two times"), "TDS": "three times", "OD": ("once", "daily"), "SOB": ("breath", "dyspn"),
    "BP": "blood pressure", "HR": "heart rate", "RR": "respirat", "CT": "computed tomography", "CXR": ("chest x-ray", "chest radiograph"),
    "XR": ("x-ray", "radiograph"), "AF": "atrial fibrillation", "MI": "myocardial", "Hx": "history", "Rx": "prescri",
}  # fmt: skip
#: Whose money it is: its codes and signs.
_MONEY_OF = {
    "Swiss": ("CHF", "SFr"), "Norwegian": ("NOK",), "Swedish": ("SEK",), "Danish": ("DKK",), "Japanese": ("JPY", "¥"), "Polish": ("PLN", "zł"),
    "Czech": ("CZK", "Kč"), "Hungarian": ("HUF", "Ft"), "Canadian": ("CAD", "C$", "CA$"), "Australian": ("AUD", "A$", "AU$"), "US": ("USD", "$"),
    "American": ("USD", "$"), "British": ("GBP", "£"), "Indian": ("INR", "₹"), "Chinese": ("CNY", "RMB"), "Icelandic": ("ISK",), "New Zealand": ("NZD", "NZ$"),
}  # fmt: skip
_COIN = re.compile(r"\s+(?:francs?|kron[ea]r?|kronur?|kronor|crowns?|dollars?|pounds?|yen|z[lł]oty\w*|korun\w*|forints?|rupees?|yuan)\b")


class Names:
    """What the names of a source (`s`) and an output (`o`) have to do with each other."""

    def __init__(self, s: Mentions, o: Mentions) -> None:
        self.s, self.o = s, o

    def foreign(self, n: int) -> bool:
        """Whether the source nowhere says one of the words of output name `n`."""
        return any(len(word) > 1 and not self.known_word(word) for word in self.o.words[n])

    def invented(self, n: int) -> bool:
        """Whether no word of output name `n` is, or begins like, one of the source, and it is no acronym of its names."""
        words = self.o.words[n]
        short = acronym(words)
        said = self.o.said(n)
        if self._of_currency(n) or self._spoken(said) or self.opens_as_a_word(n) or self.stands_for_words(said) or (len(said) > 3 and said.lower() in self.s.text.lower):
            return False
        return not (short and short in self._source_words) and all(
            not self.known_word(w) and not (len(w) > 3 and w[:4] in self._source_heads) for w in words
        )

    def _spoken(self, said: str) -> bool:
        """Whether an acronym is one of words that the source says out."""
        out = _SPOKEN.get(said, ())
        return any(words in self.s.text.lower for words in ((out,) if isinstance(out, str) else out))

    def _of_currency(self, n: int) -> bool:
        """Whether a name only says whose money it is: «Swiss francs» of CHF."""
        end = self.o.mentions[n].span[1]
        codes = _MONEY_OF.get(self.o.said(n), ())
        return bool(codes) and _COIN.match(self.o.text.lower, end) is not None and any(code in self.s.read.text for code in codes)

    def opens_as_a_word(self, n: int, of_source: bool = False) -> bool:
        """Whether name `n` of the output, or of the source, is one word that begins a sentence, a heading or a label and may have
        its capital from that: «Choice of method», «Cabin bags are small», «Chill the rice»."""
        told = self.s if of_source else self.o
        said, (start, end) = told.said(n), told.mentions[n].span
        text = told.read.text
        if not said.isalpha() or told.read.doc is None or said.isupper() or not _OPENS.search(text, max(0, start - 12), start):
            return False
        if any(k != n and told.words[k] == told.words[n] and not _OPENS.search(text, max(0, at - 12), at)
               for k, at in ((k, m.span[0]) for k, m in enumerate(told.mentions)) if told.group[k] == "name"):  # fmt: skip
            return False  # elsewhere it has one within a sentence
        if text[end : end + 2] == " `":
            from tellback.language.parser import is_listed  # here: without a parsed text the parser stays unloaded

            return is_listed(said.lower())  # «Branch `main`»
        line_end = text.find("\n", end)
        stop = re.search(r"[.!?](?:\s|$)", text[end : end + 300])
        last = min([end + 300, line_end if line_end >= 0 else len(text), end + stop.end() if stop else len(text)])
        from tellback.language.parser import is_common  # here: without a parsed text the parser stays unloaded

        return is_common(said, text[start:last])

    def is_bidding(self, n: int, of_source: bool = False) -> bool:
        """Whether a name is one word that opens a sentence as an imperative may: a common word without a verb behind it."""
        told = self.s if of_source else self.o
        if not self.opens_as_a_word(n, of_source):
            return False
        end = told.mentions[n].span[1]
        behind = next((token for token in told.read.doc if token.idx >= end and not token.is_space), None)
        if behind is None or behind.is_punct:
            return False
        return behind.tag_ not in ("VBZ", "VBP", "VBD", "MD") or (behind.tag_ == "VBD" and behind.lower_.endswith("ed"))  # «Cool cooked rice»

    def labels(self, n: int) -> bool:
        """Whether output mention `n` is a common word in a heading or before the colon of a label, or the number of a point: the
        form of an output, of which the source says nothing."""
        start, end = self.o.mentions[n].span
        text = self.o.read.text
        line = text.rfind("\n", 0, start) + 1
        if self.o.group[n] == "value":
            point = _POINT.match(text, line) if start - line < 4 else None
            return point is not None and end <= point.end()
        if self.o.group[n] != "name" or self.o.read.doc is None or any(map(self.known_word, self.o.words[n])):
            return False
        label = _LABEL.match(text, line)
        if label is None or end > label.end():
            return False
        from tellback.language.parser import is_listed  # here: without a parsed text the parser stays unloaded

        return all(is_listed(word) or word in _FORM for word in self.o.said(n).lower().split())

    def stands_for_words(self, said: str) -> bool:
        """Whether an acronym is the first letters of words in a row in the source, small words left out («CPI» of a consumer
        price index) or in small letters («DoD»). Two letters are those of too many words, unless the text is no English
        prose."""
        least = 2 if self.s.read.unsupported else 3
        said = said.rstrip(".")
        if len(said) >= 3 and not said.isupper() and _MIXED.fullmatch(said):
            return said.lower() in self._every_initial
        return said.isupper() and said.isalpha() and least <= len(said) <= 6 and (said.lower() in self._source_initials or len(said) > 2 and self._spelled_out(said))

    def _spelled_out(self, said: str) -> bool:
        """Whether words in a row begin so, small ones between the first and the last: «LOC», a loss of consciousness."""
        first, *inner, last = said.lower()
        rule = rf"\b{first}\w\w+[ -]{''.join(rf'{letter}[a-z]*[ -]' for letter in inner)}{last}\w\w+"
        return re.search(rule, self.s.text.lower) is not None

    @cached_property
    def _source_initials(self) -> str:
        return "".join(w[0] for w in _SPELLED.findall(self.s.text.lower) if w not in SMALL and (len(w) > 2))

    @cached_property
    def _every_initial(self) -> str:
        return "".join(w[0] for w in _SPELLED.findall(self.s.text.lower))

    def known_word(self, word: str) -> bool:
        return word in self._source_words or self.s.text.stem(word) in self.s.text.index

    def nearby(self, m: int, n: int) -> bool:
        """Whether the source says output name `n` in the sentence of `m` or the two before it."""
        i = self.s.sentence[m]
        return any(
            self.s.group[k] == "name" and agree(self.s.words[k], self.o.words[n])
            for near in range(max(0, i - 2), i + 1) for k in self.s.of_sentence.get(near, ())
        )  # fmt: skip

    def told_beside(self, m: int, n: int) -> bool:
        """Whether the output says source name `m` in the sentence of `n` or one beside it."""
        j = self.o.sentence[n]
        return self.s.group[m] == "name" and any(
            self.o.group[k] == "name" and agree(self.s.words[m], self.o.words[k])
            for near in (j - 1, j, j + 1) for k in self.o.of_sentence.get(near, ())
        )  # fmt: skip

    def adjective(self, m: int, n: int) -> bool:
        """Whether one of the two is the adjective of the other: «colonies in Africa», «African colonies»."""
        sides = ((self.s, m), (self.o, n))
        (short, _), (long, (side, k)) = sorted(((of.said(i).lower(), (of, i)) for of, i in sides), key=lambda x: len(x[0]))
        head = len(commonprefix((short, long)))
        if head > 4 and head == len(short) and long[head:] in _PEOPLE:
            return True
        if head < 4 or long[head:] not in _ADJECTIVAL or short[head:] not in _COUNTRY or side.read.doc is None:
            return False
        said = self.o.said(n).lower()
        names = (self.s.said(k).lower() for k, group in enumerate(self.s.group) if group == "name")
        if any(len(commonprefix((name, said))) > head for name in names):
            return False  # «Romanian» is of Romania, where the source has Roman too
        token = side.read.doc.char_span(*side.mentions[k].span)
        return token is not None and token.root.pos_ == "ADJ"

    def said(self, ms: Sequence[int]) -> bool:
        """Whether the output says a name that the source mentions at `ms`: whole, by a word that is its own, in short."""
        index, stem, every = self.o.text.index, self.o.text.stem, self._output_words
        forms = sorted({self.s.words[m] for m in ms}, key=len, reverse=True)
        for words in forms:
            if all(w in every or stem(w) in index for w in words if len(w) > 1):
                return True
        for words in forms:
            for word in (words[-1], words[0]):
                if len(word) > 2 and word in every and len(self._owners.get(word, ())) == 1:
                    return True
        return any(
            len(short) > 1 and (short in every or short in self._output_acronyms)
            for words in forms
            for short in [acronym(words) or words[0]]
        )

    @cached_property
    def _source_words(self) -> set[str]:
        spelled = {plain_word(w) for w in _SPELLED.findall(self.s.read.text)}
        return spelled.union(*self.s.words) | {acronym(words) for words in self.s.words} | {""}

    @cached_property
    def _source_heads(self) -> set[str]:
        """The first four letters of every word: «French» begins as «France» does."""
        return {w[:4] for w in self._source_words if len(w) > 3}

    @cached_property
    def _output_words(self) -> set[str]:
        spelled = {plain_word(w) for w in _SPELLED.findall(self.o.read.text)}
        return spelled.union(*self.o.words)

    @cached_property
    def _output_acronyms(self) -> set[str]:
        return {acronym(words) for words in self.o.words} - {""}

    @cached_property
    def _owners(self) -> dict[str, set[int]]:
        """Word -> the names of the source that it belongs to."""
        owners: dict[str, set[int]] = defaultdict(set)
        for k, words in enumerate(self.s.words):
            for word in words:
                owners[word].add(self.s.read.owners[k])
        return owners
