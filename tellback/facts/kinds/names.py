"""Names of people, places, organisations and works: capitalised words that the tagger and the text itself confirm.

The small model's entity labels differ between a text and its paraphrase, so they are not used: a name is a run of
proper nouns, and a word counts as one where the text never writes it small. What two mentions share decides whether
they are one name: «Dr. John Smith», «J. Smith», «Smith's» and, where no other Smith is about, «Smith».
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from tellback.facts.kinds.base import Examples, Group, Kind, Reading, Value
from tellback.facts.kinds.demonyms import COUNTRY, PLACE, STATE
from tellback.facts.kinds.units import CARDINALS, MONTHS, ORDINALS, WEEKDAYS
from tellback.language.spelling import american
from tellback.records import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

#: Words that go with a name and do not tell one from another.
GENERIC = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "lady", "lord", "dame", "president", "king", "queen", "prince", "princess", "emperor", "pope", "saint", "st", "captain", "general", "colonel", "lieutenant", "sergeant", "major", "judge", "justice", "senator", "congressman", "governor", "mayor", "minister", "secretary", "chairman", "director", "ceo", "rev", "reverend", "father", "mother", "brother", "sister", "uncle", "aunt", "inc", "ltd", "corp", "co", "llc", "plc", "gmbh", "jr", "sr", "university", "college", "school", "institute", "department", "ministry", "committee", "council", "board", "commission", "company", "corporation", "group", "church", "street", "road", "avenue", "river", "lake", "mount", "mountain", "sea", "ocean", "island", "city", "county", "state", "district", "province", "republic", "kingdom", "empire", "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central", "new", "old", "great", "the", "a", "an", "of", "and", "in", "on", "at", "to", "for", "by", "god", "i", "he", "she", "it", "we", "you", "they", "his", "her", "its", "my", "our", "your", "their", "this", "that", "these", "those", "there", "here", "what", "who", "when", "where", "why", "how", "no", "yes", "not", "if", "but", "or", "so", "as", "with", "from", "is", "are", "was", "were", "be", "do", "does", "did", "has", "have", "will", "can", "may", "one", "two", "first", "second", "chapter", "section", "figure", "table", "page", "note", "part", "volume", "book", "article", "appendix", "please", "see", "click", "read", "more", "all", "also", "however", "internet", "web", "ok", "pm", "am", "ad", "bc", "et", "al", "etc", "vs", "center", "centre", "museum", "library", "park", "house", "hall", "hospital", "bank", "office", "association", "society", "club", "team", "league", "cup", "award", "act", "law", "court", "parliament", "congress", "senate", "army", "navy", "police", "party", "union", "federation", "war", "battle", "treaty", "day", "year"]
)
#: Words that begin sentences; never names by themselves.
_OPENERS = frozenset(
    ["since", "well", "after", "before", "during", "while", "although", "though", "because", "thus", "therefore", "many", "most", "some", "such", "only", "other", "another", "each", "every", "both", "few", "several", "then", "now", "today", "yesterday", "tomorrow", "best", "thank", "thanks", "welcome", "according", "among", "between", "despite", "instead", "perhaps", "maybe", "still", "even", "just", "once", "under", "over", "about", "into", "through", "without", "within", "until", "unless", "whether", "like", "indeed", "meanwhile", "moreover", "furthermore", "finally", "additionally", "recently", "currently", "let", "get", "make", "go", "come", "take", "use", "try", "find", "keep", "add", "help", "hello", "hi", "dear", "yes", "set", "run", "open", "close", "click", "press", "check", "choose", "select", "enter", "install", "update", "create", "start", "stop", "call", "visit", "contact", "learn", "join", "follow", "share", "download", "order", "buy", "save", "send", "write", "put", "give", "show", "tell", "ask", "begin", "build", "enjoy", "feel", "free", "looking", "having", "being", "making", "using", "based", "located", "born", "founded", "built", "similarly", "next", "last", "currently", "overall", "unlike", "again", "always", "never", "often", "sometimes", "usually", "especially", "including", "plus", "once", "session", "summary", "context", "goal", "goals", "status", "pending", "todo", "done", "request", "task", "tasks", "overview", "background", "constraints", "decisions", "notes", "plan", "progress", "result", "results", "issue", "issues", "problem", "cause", "remaining", "state", "outcome", "situation", "handoff", "handover", "recap", "rejected", "access"]
)
_JOINING = frozenset(["de", "la", "von", "van", "der", "den", "du", "di", "da", "del", "al", "bin", "ibn", "&", "le"])
_OPENING = frozenset(['"', "“", "'", "‘", "(", ":", "•", "-", "*", "—", "–"])
_PEOPLES = ("ish", "ese", "ian", "ean", "ican")  # «British researchers», where it begins a sentence
_NOT_NAMES = frozenset(MONTHS) | frozenset(WEEKDAYS) | frozenset(CARDINALS) | frozenset(ORDINALS) | {"unk", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri"}
_ALIASES = {
    "usa": "us", "america": "us", "united states": "us", "united kingdom": "uk", "britain": "uk", "great britain": "uk",
    "european union": "eu", "united nations": "un",
}  # fmt: skip

#: What a first name is called for short, where the surname is the same.
_NICKNAME = dict(
    pair.split(":") for pair in (
        "bob:robert rob:robert bobby:robert bill:william will:william billy:william dick:richard rick:richard jim:james jimmy:james "
        "tom:thomas tommy:thomas tony:anthony mike:michael dave:david steve:steven stephen:steven kate:katherine katie:katherine "
        "kathy:katherine catherine:katherine liz:elizabeth beth:elizabeth betty:elizabeth peggy:margaret maggie:margaret ted:edward "
        "ed:edward chris:christopher dan:daniel sam:samuel joe:joseph nick:nicholas matt:matthew pat:patrick sue:susan jen:jennifer "
        "jenny:jennifer alex:alexander ben:benjamin greg:gregory ken:kenneth larry:lawrence ron:ronald andy:andrew fred:frederick "
        "charlie:charles chuck:charles harry:henry hank:henry jack:john johnny:john jon:jonathan phil:philip pete:peter tim:timothy "
        "vicky:victoria abby:abigail gabby:gabrielle debbie:deborah becky:rebecca"
    ).split()
)  # fmt: skip
_SHORTER = {"covid-19": "covid", "covid19": "covid"}


@dataclass(frozen=True, slots=True)
class Words(Reading):
    """The words of a name that tell it from others: folded, titles left out."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """One mention of a name: its distinguishing words and its characters [start, end)."""

    words: tuple[str, ...]
    start: int
    end: int


@lru_cache(maxsize=65536)
def plain_word(word: str) -> str:
    """A word of a name without case, accents, dots and possessive, and without the plural of an acronym; of a country's two
    words and of two spellings one."""
    if word in STATE:
        return STATE[word]
    if word[-1:] == "s" and word[:-1].isupper() and len(word) > 2:
        word = word[:-1]  # «CPUs»
    word = word.casefold().replace("’", "'").removesuffix("'s").strip(".'")
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    word = word.replace(".", "")
    return COUNTRY.get(word) or PLACE.get(word) or _SHORTER.get(word) or american(word)


class Name(Kind):
    """A name. One that is shorter says the longer one, so that two agree rather than being equal."""

    name = "name"
    group: ClassVar[Group] = "name"
    examples = Examples(
        found={
            "Yesterday we met Dr. John Smith there.": "john smith", "They all live in Paris.": "paris",
            "She worked with Ana de la Cruz for years.": "ana cruz",
        },
        same=[
            ("We met Dr. John Smith there.", "We met J. Smith there."), ("We met John Smith there.", "We met Smith there."),
            ("They work for the Free Software Foundation.", "They work for the FSF."),
        ],
        other=[("We met John Smith there.", "We met Jane Smith there."), ("They live in Paris.", "They live in Prague.")],
        none=["In May she came on Monday.", "THE BIG SALE IS ON NOW", "Many people were there."],
    )  # fmt: skip

    def find_in_doc(self, doc: Doc, taken: Sequence[Span], sentences: Sequence[Span]) -> list[Mentioned]:
        """Every mention of a name in a parsed text, outside the sorted spans `taken` (values and identifiers)."""
        return _mentions(doc, taken, sentences)

    def value(self, words: tuple[str, ...]) -> Value:
        return Value(self.name, (Words(words),))

    def read(self, text: str) -> Value | None:
        words = tuple(filter(None, map(plain_word, text.split())))
        return self.value(words) if words else None

    def same(self, a: Value, b: Value) -> bool:
        return a.kind == b.kind and agree(a.readings[0].words, b.readings[0].words)

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        return True


NAME = Name()


def _mentions(doc: Doc, taken: Sequence[Span], sentences: Sequence[Span]) -> list[Mentioned]:
    text = doc.text  # joined anew at every call
    small = {t.lower_ for t in doc if t.text.islower()}
    verbs = [t.idx for t in doc if t.text.islower() and t.tag_.startswith(("VB", "MD"))]
    runs: list[list[Token]] = []
    held: list[list[Token]] = []  # runs of headings and shouting: names only where the text elsewhere says so
    sure: set[str] = set()
    pointer = at = 0
    shouted, first = False, -1
    run: list[Token] = []
    for token in doc:
        while at < len(sentences) and token.idx >= sentences[at][0]:
            shouted, first = _heading(text, sentences[at], verbs), sentences[at][0]
            at += 1
            run = []
        while pointer < len(taken) and taken[pointer][1] <= token.idx:
            pointer += 1
        inside = pointer < len(taken) and taken[pointer][0] < token.idx + len(token.text)
        if inside or not token.text[0].isupper():
            ahead = doc[token.i + 1 : token.i + 3]
            joins = run and token.lower_ in _JOINING and any(t.text[0].isupper() for t in ahead)
            dash = run and token.text in ("-", "’", "'") and not doc[token.i - 1].whitespace_ and not token.whitespace_
            if inside or not (joins or dash):
                run = []
            continue
        opening = token.idx == first or token.is_sent_start or doc[token.i - 1].text in _OPENING
        proper = token.tag_ in ("NNP", "NNPS") or (token.tag_ == "JJ" and token.lower_.endswith(_PEOPLES))
        lower = token.lower_.rstrip(".") or token.lower_
        common = lower in small
        fits = (proper and not (common and opening)) or (not opening and not common) or (proper and shouted)
        if lower in _NOT_NAMES or (opening and not run and lower in _OPENERS) or len(lower) < 2 and not (token.text.isalpha() and token.i + 1 < len(doc)):
            fits = False
        if not fits:
            run = []
            continue
        if not shouted and not opening and lower not in GENERIC:
            sure.add(lower)
        if run and token.i - run[-1].i <= 3 and not _parted(doc, text, run[-1].i, token.i):
            run.append(token)
        else:
            run = [token]
            (held if shouted else runs).append(run)
    known = held and [run for run in held if all(t.lower_ in sure or t.lower_ in GENERIC for t in run)]
    found = [name for run in [*runs, *(known or ())] if (name := _name(run))]
    return sorted(found, key=lambda name: name.start)


def _parted(doc: Doc, text: str, i: int, j: int) -> bool:
    """Whether what stands between two capitalised words parts them."""
    between = [doc[k] for k in range(i + 1, j)]
    if any(not (t.lower_ in _JOINING or t.text in "-’'" or (t.text == "." and len(doc[i].text) == 1)) for t in between):
        return True
    return "\n" in text[doc[i].idx : doc[j].idx]


def _heading(text: str, sentence: Span, verbs: Sequence[int]) -> bool:
    """Whether a sentence is set in capitals, as headings and shouting are, so that a capital tells nothing.

    A sentence of many names is none: it has a verb in small letters, or commas between the names.
    """
    words = [w for w in text[slice(*sentence)].split() if w[:1].isalpha() and len(w) > 1]
    if len(words) > 2 and all(w.isupper() for w in words):
        return True
    words = [w for w in words if len(w) > 3]
    if len(words) < 2 or sum(w[0].isupper() for w in words) <= 0.65 * len(words):
        return False
    k = bisect_left(verbs, sentence[0])
    has_verb = k < len(verbs) and verbs[k] < sentence[1]
    return not has_verb and text.count(", ", *sentence) < 2


def _name(run: list[Token]) -> Mentioned | None:
    kept = list(run)
    whole = " ".join(w for t in run if (w := plain_word(t.text)) != "the")
    if whole in _ALIASES and any(w in GENERIC for w in whole.split()):  # «United Kingdom», of which one word would be left
        return Mentioned((_ALIASES[whole],), run[0].idx, run[-1].idx + len(run[-1].text))
    while kept and plain_word(kept[0].text) in GENERIC:
        kept.pop(0)
    while kept and plain_word(kept[-1].text) in GENERIC:
        kept.pop()
    words = tuple(w for t in kept if (w := plain_word(t.text)) and w not in GENERIC)
    if not words or not any(len(w) > 1 for w in words):
        return None
    last = kept[-1]
    if last.text[-1] == "-" and last.i + 2 < len(last.doc) and last.nbor(1).text == "\n" and last.nbor(2).text.islower():
        rest = last.nbor(2)  # a name that the end of a line parts
        return Mentioned((*words[:-1], plain_word(last.text[:-1] + rest.text)), kept[0].idx, rest.idx + len(rest.text))
    return Mentioned(words, kept[0].idx, last.idx + len(last.text))


def alias(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name under its commonest short form, where it has one («United States» is «us»)."""
    return (_ALIASES.get(" ".join(words), " ".join(words)),) if " ".join(words) in _ALIASES else words


def agree(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two mentions can be one name: one holds the other's words, or last words are equal and initials agree."""
    a, b = alias(a), alias(b)
    if set(a) <= set(b) or set(b) <= set(a):
        return True
    if a[-1] == b[-1] and len(a) > 1 and len(b) > 1:
        return all(x == y or _NICKNAME.get(x, x) == _NICKNAME.get(y, y) or (1 in (len(x), len(y)) and x[0] == y[0]) for x, y in zip(a[:-1], b[:-1], strict=False))
    return acronym(a) == "".join(b) or acronym(b) == "".join(a)


def acronym(words: tuple[str, ...]) -> str:
    """First letters of a name of several words («World Health Organization» is «who»), "" for one word."""
    return "".join(w[0] for w in words) if len(words) > 1 else ""
