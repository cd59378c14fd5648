"""What became of each value, identifier, quote and name of a source in an output: found, exchanged for another, or gone.

A value is *kept* where the output says it in the sentence that tells the source's, or elsewhere with nothing else in its
place. It is *replaced* where another value of its class stands among the same words; each value of the output replaces
one at most, and one that the source itself gives to something else makes it drift. Of a value that a source says n times,
each place is looked up on its own: one place exchanged is a finding, though the value stands elsewhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from tellback.records import Fact, Span
from tellback.text.entities import acronym, agree, plain_word
from tellback.text.extract import VALUES, Extracted
from tellback.text.hard import read_whole, readings
from tellback.text.identifiers import IDENTIFIERS
from tellback.text.sentences import Locator
from tellback.text.units import SAID_BY
from tellback.text.values import coarser, keeps
from tellback.verdicts.narrow import narrow
from tellback.verdicts.places import LEAST, Places, Text, alike
from tellback.verdicts.precedence import decide

Judged = tuple[Fact, str, Fact | None, str]  # the source's fact (span narrowed to what changed), outcome, the output's, why
Belief = Callable[[Fact, str], bool]  # whether a model believes this value of this fact

SURE = 0.58  # agreement of sentence and surroundings above which another value counts as standing in a value's place
LIKELY = 0.42  # the same, for a value that the output says nowhere, and one that the source says nowhere
DISPLACED = 0.75  # surroundings above which a name that the source knows stands in another's place
FEW = 3  # equal values of one sentence that one is paired with
MANY = 16  # facts of one sentence that one fact is compared with
SOME = 30  # places of one value that are looked at
TOLD = 0.6  # similarity from which a sentence counts as told again, so that what it leaves out is left out
_CLASS = {kind: "value" for kind in VALUES} | {kind: "identifier" for kind in IDENTIFIERS} | {"quote": "quote", "name": "name"}
_AGES = ("years", "year", "yo")
_NUMBER = re.compile(r"\d[\d.,]*")


def align(source: Extracted, output: Extracted, beliefs: Belief | None = None) -> tuple[list[Judged], list[Fact]]:
    """(one row a fact of `source` that is no relation, in order; the facts that `output` invents)."""
    return _Alignment(source, output, beliefs).judged()


class _Side:
    """One text's mentions with what matching asks of them, all lists parallel."""

    def __init__(self, read: Extracted) -> None:
        self.read = read
        self.mentions = read.mentions
        self.text = Text(read.text, read.sentences)
        self._around: dict[int, tuple[list[str], list[str]]] = {}
        where = Locator(read.sentences)
        self.sentence = [where.index(m.span[0]) for m in self.mentions]
        self.readings = [readings(m) for m in self.mentions]
        self.group = [_CLASS[m.kind] for m in self.mentions]
        self.words = [tuple(m.value.split()) if m.kind == "name" else () for m in self.mentions]
        self.of_sentence: dict[int, list[int]] = defaultdict(list)
        self.rank: list[int] = []  # of each mention in its sentence
        self.said_in: dict[tuple[int, str], list[int]] = defaultdict(list)  # (sentence, reading) -> mentions
        self.by_reading: dict[str, list[int]] = defaultdict(list)
        self.finer: dict[str, list[int]] = defaultdict(list)  # date -> mentions that say it and more
        for k, mention in enumerate(self.mentions):
            here = self.of_sentence[self.sentence[k]]
            self.rank.append(len(here))
            here.append(k)
            for key in self._keys(k):
                self.said_in[self.sentence[k], key].append(k)
            if self.group[k] != "name":
                for reading in self.readings[k]:
                    self.by_reading[reading].append(k)
                    if mention.kind == "date":
                        for part in _parts(reading):
                            self.finer[part].append(k)

    def _keys(self, k: int) -> Iterable[str]:
        """Under what a mention is found in its sentence: its readings, the coarser dates, the number without its unit."""
        mention = self.mentions[k]
        if mention.kind == "name":
            return ("name",)
        found = dict.fromkeys(self.readings[k])
        if mention.kind == "date":
            found |= dict.fromkeys(part for reading in self.readings[k] for part in _parts(reading))
        elif self.group[k] == "value" and " " in self.readings[k][0]:
            found[self.bare(k) or ""] = None
        return found

    def said(self, k: int) -> str:
        return self.read.text[slice(*self.mentions[k].span)]

    def bare(self, k: int) -> str | None:
        """The number of a mention without its unit and magnitude, None where it has none of its own."""
        said = self.said(k)
        value = read_whole(said.split(" ")[0].split("-")[0]) if said[:1].isalpha() else None
        found = _NUMBER.search(said)
        return found[0].replace(",", "").rstrip(".") if found else value.readings[0] if value else None

    def around(self, k: int) -> tuple[list[str], list[str]]:
        if k not in self._around:
            self._around[k] = self.text.around(self.mentions[k].span, self.read.sentences[self.sentence[k]])
        return self._around[k]


class _Alignment:
    def __init__(self, source: Extracted, output: Extracted, beliefs: Belief | None) -> None:
        self.s, self.o = _Side(source), _Side(output)
        self.places = Places(self.s.text, self.o.text)
        self.beliefs = beliefs
        self.kept: dict[int, int | None] = {}  # source mention -> the output's that says it (None: its words do)
        self.exchanged: dict[int, int] = {}  # source mention -> the output's that stands in its place
        self.lessened: dict[int, int] = {}  # source mention -> the output's that says a part of it
        self.claimed: set[int] = set()
        self._alike: dict[tuple[int, int], float] = {}
        self.raw_words: set[str] = set()

    def judged(self) -> tuple[list[Judged], list[Fact]]:
        self._verbatim()
        self._same_place()
        self._swapped()
        self._exchanges(SURE, lambda m: True)
        self._elsewhere()
        self._exchanges(LIKELY, self._foreign)
        return self._rows(), self._invented()

    # ---- the passes, surest first --------------------------------------------------------------------------------

    def _verbatim(self) -> None:
        """Sentences that stand word for word: nothing to look up."""
        for i, mine in self.s.of_sentence.items():
            j = self.places.verbatim(i)
            theirs = self.o.of_sentence.get(j, ()) if j is not None else ()
            if len(mine) == len(theirs):
                for m, n in zip(mine, theirs, strict=True):
                    if self.s.mentions[m].value == self.o.mentions[n].value:
                        self._keep(m, n)

    def _keep(self, m: int, n: int | None) -> None:
        self.kept[m] = n
        if n is not None:
            self.claimed.add(n)

    def _same_place(self) -> None:
        """Equal values in sentences that tell each other, best pairs first; each of the output's once."""
        pairs = []
        for m in self._open():
            near = self.places.candidates(self.s.sentence[m])
            for sim, j in near:
                if sim < max(2 * LEAST, 0.5 * near[0][0]):
                    break
                for n in self._equal_in(m, j):
                    pairs.append((sim, m, n))
        rivals = defaultdict(int)
        for _, m, n in pairs:
            rivals[m] += 1
            rivals[-n - 1] += 1
        scored = [
            (sim + (self._local(m, n) if rivals[m] > 1 or rivals[-n - 1] > 1 else 0.5), -abs(m - n), m, n)
            for sim, m, n in pairs
        ]
        for *_, m, n in sorted(scored, reverse=True):
            if m not in self.kept and n not in self.claimed:
                self._keep(m, n)

    def _swapped(self) -> None:
        """Values of one sentence that changed places: each stands among the other's words."""
        of_pair: dict[tuple[int, int, str], list[tuple[int, int]]] = defaultdict(list)
        for m, n in self.kept.items():
            if n is not None and self.s.group[m] in ("value", "identifier"):
                of_pair[self.s.sentence[m], self.o.sentence[n], self.s.group[m]].append((m, n))
        for (i, j, _), found in of_pair.items():
            if len(found) < 2 or self.places.verbatim(i) == j:
                continue
            found.sort()
            order = [n for _, n in found]
            if order == sorted(order):
                continue
            for x, (a, na) in enumerate(found[:12]):
                for b, nb in found[x + 1 : 12]:
                    if nb > na or a in self.exchanged or b in self.exchanged or self._equal(a, nb):
                        continue
                    crossed = min(self._local(a, nb), self._local(b, na))
                    straight = max(self._local(a, na), self._local(b, nb))
                    if crossed > 0.5 and crossed > straight + 0.2:
                        for mine, theirs in ((a, nb), (b, na)):
                            del self.kept[mine]
                            self.exchanged[mine] = theirs

    def _exchanges(self, least: float, fits: Callable[[int], bool]) -> None:
        """Other values that stand where a value stood, best first; each of the output's replaces one."""
        pairs = []
        for m in self._open():
            for sim, j in self.places.candidates(self.s.sentence[m]):
                free = [n for n in self.o.of_sentence.get(j, ()) if n not in self.claimed]
                for n in self._beside(m, free, MANY):
                    if not fits(n):
                        continue
                    score = self._stands_for(m, n, sim)
                    if score >= least:
                        pairs.append((score, -abs(m - n), m, n))
        for *_, m, n in sorted(pairs, reverse=True):
            if m not in self.exchanged and m not in self.kept and m not in self.lessened and n not in self.claimed:
                self.claimed.add(n)
                (self.lessened if self._says_part(m, n) else self.exchanged)[m] = n

    def _stands_for(self, m: int, n: int, sim: float) -> float:
        """How surely output mention `n` stands in the place of source mention `m`; 0 where it cannot."""
        s, o = self.s, self.o
        a, b = s.group[m], o.group[n]
        if self._equal(m, n):
            return 0.0
        if a != b and "quote" in (a, b) or {a, b} == {"name", "value"}:
            return 0.0
        local = self._local(m, n)
        score = 0.6 * local + 0.4 * sim
        if a != b:
            score -= 0.15
        elif s.mentions[m].kind != o.mentions[n].kind:
            score -= 0.05
        if a == "quote":
            score += 0.3 * (_overlap(s.mentions[m].value, o.mentions[n].value) - 0.5)
        if b == "name":
            if a == "name" and set(s.words[m]) & set(o.words[n]):
                score += 0.2
            if not self._foreign(n):
                # a known name in another sentence is what coreference makes of a pronoun
                known = self._nearby(m, n) or self._told_beside(m, n)
                score = 0.0 if known or local < DISPLACED or sim < 0.45 or a != "name" else score
        return score

    def _elsewhere(self) -> None:
        """What is left: said in a place of its own, in other words, or together with another fact."""
        taken = set(self.exchanged.values())
        for m in self._open():
            if self.s.group[m] == "name":
                continue
            near = self._equal_anywhere(m)
            free = [n for n in near if n not in self.claimed]
            if free:
                self._keep(m, max(free, key=lambda n: self._shares(m, n)) if len(free) > 1 else free[0])
                continue
            shared = next((n for n in near if n not in taken and self._carries_over(m, n)), None)
            if shared is not None:
                self._keep(m, shared)
            elif self._literally(m) or self._in_other_words(m) or self._in_parts(m):
                self._keep(m, None)

    # ---- what the passes ask -------------------------------------------------------------------------------------

    def _open(self) -> list[int]:
        return [
            m for m in range(len(self.s.mentions))
            if m not in self.kept and m not in self.exchanged and m not in self.lessened
        ]  # fmt: skip

    def _local(self, m: int, n: int) -> float:
        if (m, n) not in self._alike:
            self._alike[m, n] = alike(self.s.around(m), self.o.around(n))
        return self._alike[m, n]

    def _equal(self, m: int, n: int) -> bool:
        s, o = self.s, self.o
        if s.group[m] == "name" or o.group[n] == "name":
            return s.group[m] == o.group[n] and agree(s.words[m], o.words[n])
        mine, theirs = s.readings[m], o.readings[n]
        if not set(mine).isdisjoint(theirs):
            return True
        if s.mentions[m].kind == "date" and o.mentions[n].kind == "date":
            return any(keeps(a, b) for a in mine for b in theirs)
        # «Smith, 42» said as «42 years old», and back: the output adds a unit, or leaves out that of an age
        return s.mentions[m].kind == "number" and (
            (" " not in mine[0] and o.mentions[n].kind in ("number", "money", "percent") and o.bare(n) == mine[0])
            or (s.said(m).endswith(_AGES) and " " not in theirs[0] and s.bare(m) == theirs[0])
        )

    def _equal_in(self, m: int, j: int) -> Iterable[int]:
        """The mentions in output sentence `j` that say what source mention `m` says; of very many, those at its rank."""
        s = self.s
        keys = ("name",) if s.group[m] == "name" else s.readings[m]
        if s.group[m] == "value" and s.said(m).endswith(_AGES):
            keys = (*keys, s.bare(m) or "")
        most = MANY if s.group[m] == "name" else FEW
        found = dict.fromkeys(n for key in keys for n in self._beside(m, self.o.said_in.get((j, key), ()), most))
        return [n for n in found if n not in self.claimed and self._equal(m, n)]

    def _beside(self, m: int, ns: Sequence[int], most: int) -> Sequence[int]:
        """Of more than `most` mentions of one sentence, those at the rank of source mention `m` in its own."""
        if len(ns) <= most:
            return ns
        share = self.s.rank[m] / len(self.s.of_sentence[self.s.sentence[m]])
        start = max(0, min(len(ns) - most, int(share * len(ns)) - most // 2))
        return ns[start : start + most]

    def _equal_anywhere(self, m: int) -> list[int]:
        found: dict[int, None] = {}
        for reading in self.s.readings[m]:
            for n in self.o.by_reading.get(reading, ())[:SOME]:
                found[n] = None
            if self.s.mentions[m].kind == "date":
                for n in self.o.finer.get(reading, ())[:SOME]:
                    found[n] = None
        return list(found)

    def _carries_over(self, m: int, n: int) -> bool:
        """Whether what the output says once, for another place of the source, says it for this one too."""
        near = self.places.candidates(self.s.sentence[m])
        if near and near[0][0] >= TOLD:  # its own sentence is told: without it, unless it stands beside
            return abs(self.o.sentence[n] - near[0][1]) <= 1 and near[0][0] < 0.9
        return self._shares(m, n) > 0

    def _shares(self, m: int, n: int) -> float:
        """Weight of the words that the two mentions' sentences share."""
        mine, theirs = self.s.text.words(self.s.sentence[m]), self.o.text.words(self.o.sentence[n])
        spoken = {self.s.text.stem(w) for w in re.findall(r"[^\W_]+", self.s.said(m))}
        return float(len((mine & theirs) - spoken))

    def _literally(self, m: int) -> bool:
        """Whether the words of a mention stand in a sentence that tells its own, though read as something else."""
        words = self.s.said(m)
        if self.s.group[m] == "quote":
            return self.o.text.holds(words)
        if any(reading in self.o.by_reading for reading in self.s.readings[m]):
            return False  # the output's are found
        for _, j in self.places.candidates(self.s.sentence[m]):
            sentence = self.o.read.text[slice(*self.o.text.spans[j])]
            begin = self.o.text.spans[j][0]
            read = [
                self.o.mentions[n].span for n in self.o.of_sentence.get(j, ())
                if self.o.group[n] in ("value", "identifier") and self.o.mentions[n].kind != "command"
            ]  # fmt: skip
            for at in _places_of(words, sentence, self.s.group[m] == "identifier"):
                if not any(_meet(span, (begin + at, begin + at + len(words))) for span in read):
                    return True
        return False

    def _in_other_words(self, m: int) -> bool:
        """Whether «both», «twice» and their like say a small number there."""
        if self.s.mentions[m].kind != "number":
            return False
        words = self.s.said(m).lower()
        if words.startswith("one "):  # «one year» is «a year»
            pattern = rf"\b(?:an?|the|each|every|per)[ -]{re.escape(words[4:])}"
        elif self.s.readings[m][0] in SAID_BY:
            pattern = rf"\b(?:{'|'.join(SAID_BY[self.s.readings[m][0]])})\b"
        else:
            return False
        near = self.places.candidates(self.s.sentence[m])
        return any(re.search(pattern, self.o.text.lower[slice(*self.o.text.spans[j])]) for _, j in near)

    def _in_parts(self, m: int) -> bool:
        """Whether a date is said in two parts side by side: «In 1879 ..., on 14 March»."""
        if self.s.mentions[m].kind != "date":
            return False
        for reading in self.s.readings[m]:
            if len(reading) == 10 and reading[:2] != "--":
                years = {self.o.sentence[n] for n in self.o.by_reading.get(reading[:4], ())[:SOME]}
                days = {self.o.sentence[n] for n in self.o.by_reading.get(f"--{reading[5:]}", ())[:SOME]}
                if any(abs(a - b) <= 1 for a in years for b in days):
                    return True
        return False

    def _says_part(self, m: int, n: int) -> bool:
        """Whether the output's value is the source's with less: a date without its day, a number without its unit."""
        mine, theirs = self.s.readings[m], self.o.readings[n]
        if self.s.mentions[m].kind == self.o.mentions[n].kind == "date":
            return any(coarser(a, b) for a in mine for b in theirs)
        if self.s.group[m] == self.o.group[n] == "value" and self.o.mentions[n].kind == "number" and " " not in theirs[0]:
            return self.s.mentions[m].kind not in ("date", "time") and self.s.bare(m) == theirs[0] != mine[0]
        return False

    # ---- names ---------------------------------------------------------------------------------------------------

    def _foreign(self, n: int) -> bool:
        """Whether the source nowhere says what output mention `n` says (of a name: one of its words)."""
        if self.o.group[n] != "name":
            return not self._known(n)
        return any(len(word) > 1 and not self._known_word(word) for word in self.o.words[n])

    def _known(self, n: int) -> bool:
        for reading in self.o.readings[n]:
            if reading in self.s.by_reading or reading in self.s.finer:
                return True
            if self.o.mentions[n].kind == "date" and any(part in self.s.by_reading for part in _parts(reading)):
                return True
        return False

    def _known_word(self, word: str) -> bool:
        return word in self._source_words() or self.s.text.stem(word) in self.s.text.index

    def _source_words(self) -> set[str]:
        if not self.raw_words:
            self.raw_words = {plain_word(w) for w in re.findall(r"[^\W\d_]+(?:\.[^\W\d_])*", self.s.read.text)}
            self.raw_words |= {"".join(w[0] for w in words) for words in self.s.words if len(words) > 1}
            self.raw_words.add("")
        return self.raw_words

    def _nearby(self, m: int, n: int) -> bool:
        """Whether the source says output name `n` in the sentence of `m` or the two before it."""
        i = self.s.sentence[m]
        return any(
            self.s.group[k] == "name" and agree(self.s.words[k], self.o.words[n])
            for near in range(max(0, i - 2), i + 1) for k in self.s.of_sentence.get(near, ())
        )  # fmt: skip

    def _told_beside(self, m: int, n: int) -> bool:
        """Whether the output says source name `m` in the sentence of `n` or one beside it."""
        j = self.o.sentence[n]
        return any(
            self.o.group[k] == "name" and agree(self.s.words[m], self.o.words[k])
            for near in (j - 1, j, j + 1) for k in self.o.of_sentence.get(near, ())
        ) if self.s.group[m] == "name" else False  # fmt: skip

    def _name_said(self, ms: Sequence[int]) -> bool:
        """Whether the output says a name that the source mentions at `ms`: whole, or by a word that is only its own."""
        index = self.o.text.index
        stem = self.o.text.stem
        every = self._output_words()
        forms = sorted({self.s.words[m] for m in ms}, key=len, reverse=True)
        for words in forms:
            if all(w in every or stem(w) in index for w in words if len(w) > 1):
                return True
        for words in forms:
            for word in (words[-1], words[0]):
                if len(word) > 2 and word in every and self._owners_of().get(word, 0) == 1:
                    return True
        short = {"".join(w[0] for w in words) for words in forms if len(words) > 1} | {
            w for words in forms if len(words) == 1 for w in words if w in self._output_acronyms()
        }
        return any(len(a) > 1 and (a in every or a in self._output_acronyms()) for a in short)

    def _output_words(self) -> set[str]:
        if not hasattr(self, "_every"):
            self._every = {plain_word(w) for w in re.findall(r"[^\W\d_]+(?:\.[^\W\d_])*", self.o.read.text)}
            for words in self.o.words:
                self._every.update(words)
        return self._every

    def _output_acronyms(self) -> set[str]:
        if not hasattr(self, "_acronyms"):
            self._acronyms = {"".join(w[0] for w in words) for words in self.o.words if len(words) > 1}
        return self._acronyms

    def _owners_of(self) -> dict[str, int]:
        """Word -> how many names of the source it belongs to."""
        if not hasattr(self, "_owning"):
            of: dict[str, set[int]] = defaultdict(set)
            for k, words in enumerate(self.s.words):
                for word in words:
                    of[word].add(self.s.read.owners[k])
            self._owning = {word: len(owners) for word, owners in of.items()}
        return self._owning

    # ---- rows ----------------------------------------------------------------------------------------------------

    def _rows(self) -> list[Judged]:
        of_fact: dict[int, list[int]] = defaultdict(list)
        for m, owner in enumerate(self.s.read.owners):
            of_fact[owner].append(m)
        return [self._row(self.s.read.facts[k], of_fact[k]) for k in sorted(of_fact)]

    def _row(self, fact: Fact, ms: Sequence[int]) -> Judged:
        """The outcome of one fact from those of its places: an exchange anywhere counts, then any place that keeps it."""
        exchanged = [m for m in ms if m in self.exchanged]
        kept = [m for m in ms if m in self.kept]
        lessened = [m for m in ms if m in self.lessened and not kept]
        says = bool(kept) or (fact.kind == "name" and self._name_said(ms))
        outcome, m, rule = decide(
            says,
            exchanged,
            given_elsewhere=self._is_given_elsewhere,
            believed=lambda m: self.beliefs is not None and self.beliefs(fact, self.o.said(self.exchanged[m])),
        )
        if outcome == "faithful":
            at = kept[0] if kept else None
            n = self.kept[at] if at is not None else None
            said = None if n is None else self.o.mentions[n]
            return fact, outcome, said, _kept_why(self.s.said(ms[0]), None if n is None else self.o.said(n))
        if m is None:
            if lessened:
                m = lessened[0]
                n = self.lessened[m]
                place, _ = self._narrowed(m, n)
                why = f"the output says only {_cut(self.o.said(n))} of {_cut(self.s.said(m))}"
                return place, "missing", None, why
            what = "its words stand" if fact.kind in ("name", "quote") else "the value stands"
            return fact, outcome, None, f"{what} nowhere in the output" if not self._equal_anywhere(ms[0]) else (
                "the output says it of something else only"
            )  # fmt: skip
        n = self.exchanged[m]
        place, said = self._narrowed(m, n)
        why = f"where the source has {_cut(self.s.said(m))}, the output has {_cut(self.o.said(n))}"
        why += {"elsewhere": ", which the source says of something else", "believed": ", which the model believes"}.get(rule, "")
        return place, outcome, said, why

    def _narrowed(self, m: int, n: int) -> tuple[Fact, Fact]:
        return narrow(self.s.mentions[m], self.s.read.text, self.o.mentions[n], self.o.read.text)

    def _is_given_elsewhere(self, m: int) -> bool:
        n = self.exchanged[m]
        if self.o.group[n] == "name":
            return not self._foreign(n)
        return any(reading in self.s.by_reading for reading in self.o.readings[n])

    def _invented(self) -> list[Fact]:
        """Output mentions that are no fact of the source and stand in no fact's place: each value and name once."""
        out, seen = [], set()
        for n, mention in enumerate(self.o.mentions):
            if n in self.claimed or (mention.kind, mention.value) in seen or not self._could_be_invented(n):
                continue
            seen.add((mention.kind, mention.value))
            out.append(mention)
        return out

    def _could_be_invented(self, n: int) -> bool:
        mention, said = self.o.mentions[n], self.o.said(n)
        group = self.o.group[n]
        if group == "name":
            words = self.o.words[n]
            if acronym(words) and acronym(words) in self._source_words():
                return False
            return all(not self._known_word(w) and not self._like_a_source_word(w) for w in words)
        if self._known(n) or (group == "quote" and self.s.text.holds(said)):
            return False
        if mention.kind == "ordinal" and mention.value in ("#1", "#2", "#3"):
            return False
        if mention.kind == "number" and said.isalpha() and " " not in mention.value:
            return False  # «three reasons»: a count of what is listed
        if said.lower().startswith("one "):
            return False  # «one year» where the source has «a year»
        return " " in mention.value or self.o.bare(n) not in self._source_numbers()

    def _source_numbers(self) -> set[str | None]:
        if not hasattr(self, "_bares"):
            values = [m for m in range(len(self.s.mentions)) if self.s.group[m] == "value"]
            self._bares = {self.s.bare(m) for m in values} - {None}
        return self._bares

    def _like_a_source_word(self, word: str) -> bool:
        """Whether a word of the source begins as `word` does: «French» where the source has «France»."""
        if not hasattr(self, "_heads"):
            self._heads = {w[:4] for w in self._source_words() if len(w) > 3}
        return len(word) > 3 and word[:4] in self._heads


def _parts(reading: str) -> Iterable[str]:
    """The dates that say less than `reading` and agree."""
    if len(reading) == 10 and reading[4] == "-":  # 1879-03-14
        return reading[:7], reading[:4], f"--{reading[5:]}", f"--{reading[5:7]}"
    if len(reading) == 7 and reading[:2] != "--":  # 1879-03, --03-14, 2024-Q3
        return reading[:4], f"--{reading[5:]}"
    return (reading[:4],) if reading[:2] == "--" and len(reading) == 7 else ()


def _places_of(words: str, sentence: str, strict: bool) -> Iterable[int]:
    """Where `words` stand in `sentence` as a whole; `strict`: as a whole identifier."""
    at = sentence.find(words)
    while at >= 0:
        before, after = sentence[at - 1 : at] if at else "", sentence[at + len(words) : at + len(words) + 2]
        whole = not (before.isalnum() or before in "_.$€£-" and before) and not (after[:1].isalnum() or after[:1] == "_")
        if whole and not (after[:1] in ".,/\\@:-" and (after[1:2].isalnum() or strict and after[:1] not in ".,:-" and after)):
            yield at
        at = sentence.find(words, at + 1)


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _overlap(a: str, b: str) -> float:
    mine, theirs = set(a.split()), set(b.split())
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _cut(words: str, most: int = 60) -> str:
    words = " ".join(words.split())
    return f"«{words}»" if len(words) <= most else f"«{words[: most - 1]}…»"


def _kept_why(source: str, output: str | None) -> str:
    if output is None:
        return "its words stand in the output"
    return "the output says it" if source == output else f"the output says it as {_cut(output)}"
