"""Which mention of an output (n) says, replaces or lessens which of the source (m): passes over both texts, surest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from tellback.compare.values.elsewhere import TOLD_AGAIN, Elsewhere
from tellback.compare.values.mentions import NAMES, Mentions, stands_in
from tellback.compare.values.names import Names
from tellback.compare.values.places import LEAST, Places, alike, overlap
from tellback.compare.values.rounding import count_of
from tellback.compare.values.subjects import Subjects
from tellback.compare.values.told_otherwise import MOST_IN_SENTENCE, ToldOtherwise
from tellback.facts.kinds.names import agree
from tellback.language.preamble import offer, preamble
from tellback.records import Span

#: Agreement of sentence and surroundings (0 to 1) above which another value stands in a value's place,
FOR_ANY_VALUE = 0.58
#: the same where the output says the one nowhere and the source the other nowhere,
FOR_FOREIGN_VALUES = 0.42
#: and agreement of the surroundings alone, for a name that the source knows.
FOR_KNOWN_NAMES = 0.75
#: Equal values of one sentence that are compared, which keeps time linear.
MOST_EQUAL = 3


class Matching(ToldOtherwise):
    """`kept`: m -> the n that says it (None: words that are no mention do), `exchanged`: the n in its place, `lessened`: the n
    that says a part of it; `claimed`: every n that one of these has."""

    def __init__(self, s: Mentions, o: Mentions) -> None:
        self.s, self.o = s, o
        self.places = Places(s.text, o.text)
        self.elsewhere = Elsewhere(s, o, self.places)
        self.names = Names(s, o)
        self.kept: dict[int, int | None] = {}
        self.exchanged: dict[int, int] = {}
        self.lessened: dict[int, int] = {}
        self.turned: set[int] = set()  # what is exchanged for itself, told in another direction
        self.contradicted: dict[int, tuple[Span, Span]] = {}  # what words that are no mention say against it, and where
        self.shown: dict[int, tuple[Span, Span]] = {}  # of an exchange: the places of both, with the words that tell whose
        first, last = preamble(o.read.text), offer(o.read.text)
        self.claimed: set[int] = {n for n, m in enumerate(o.mentions) if m.span[1] <= first or m.span[0] >= last or self.names.labels(n)}
        self.subjects = Subjects(s, o, self.kept)
        self._alike: dict[tuple[int, int], float] = {}
        self._verbatim()
        self._same_place()
        self._same_field()
        self._rounded()
        self._sign_turned()
        self._unit_added()
        self._following()
        self._swapped()
        self._literal()
        self._exchanges(FOR_ANY_VALUE, lambda n: True)
        self._elsewhere()
        self._other_subjects()
        self._told_against()
        self._turned()
        self._switched()
        self._exchanges(FOR_FOREIGN_VALUES, self.foreign)
        self._of_same_digits()

    def foreign(self, n: int) -> bool:
        """Whether the source nowhere says what output mention `n` says (of a name: one of its words)."""
        return self.names.foreign(n) if self.o.group[n] == "name" else not self.known(n)

    def known(self, n: int) -> bool:
        """Whether the source somewhere says the value of output mention `n`, or a part or a finer form of it."""
        s, value = self.s, self.o.values[n]
        if self.o.group[n] == "identifier" and stands_in(self.o.said(n), s.read.text, s.text.lower):
            return True
        if any(key in s.by_key or key in s.finer for key in value.keys):
            return True
        added = value.readings[0].added()
        parts = [key for key in value.implied if key != added]
        if value.kind == "date":  # of «4 May 1990» the year alone is too little
            parts = [key for key in parts if not key.isdigit()] or parts
        return (added is None or added in s.by_key) and any(key in s.by_key for key in parts)

    def in_told(self, n: int) -> bool:
        """Whether output mention `n` stands in a sentence that tells one of the source with nearly its words."""
        return self.o.sentence[n] in self._told

    @cached_property
    def _told(self) -> set[int]:
        near = (self.places.candidates(i)[:1] for i in range(len(self.s.read.sentences)))
        return {j for found in near for sim, j in found if sim >= TOLD_AGAIN}

    def _verbatim(self) -> None:
        """Sentences that stand word for word: nothing to look up."""
        for i, mine in self.s.of_sentence.items():
            j = self.places.verbatim(i)
            theirs = self.o.of_sentence.get(j, ()) if j is not None else ()
            if len(mine) == len(theirs):
                for m, n in zip(mine, theirs, strict=True):
                    taken = n in self.claimed and self.s.kind[m].each_place
                    if self.s.values[m] == self.o.values[n] and not taken:
                        self._keep(m, n)

    def _keep(self, m: int, n: int | None) -> None:
        self.kept[m] = n
        if n is not None:
            self.claimed.add(n)

    def _same_place(self) -> None:
        """Equal values in sentences that tell each other, best pairs first; each of the output's once."""
        pairs = []
        best: dict[int, float] = defaultdict(float)  # output sentence -> how like the source sentence it tells
        for i in {self.s.sentence[m] for m in self._open()}:
            for sim, j in self.places.candidates(i):
                best[j] = max(best[j], sim)
        for m in self._open():
            near = self.places.candidates(self.s.sentence[m])
            for sim, j in near:
                if sim < max(2 * LEAST, 0.5 * near[0][0], 0.6 * best[j]):
                    continue
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

    def _same_field(self) -> None:
        """Equal values of fields or columns with one name, where nothing else tells the sentence that holds the source's."""
        of_field: dict[tuple[str, str], list[int]] = defaultdict(list)
        for n in range(len(self.o.mentions)):
            field = self.o.field(n)
            for reading in self.o.values[n].keys if field and n not in self.claimed else ():
                of_field[field, reading].append(n)
        for m in self._open() if of_field else ():
            field, near = self.s.field(m), self.places.candidates(self.s.sentence[m])
            if field is None or (near and near[0][0] >= TOLD_AGAIN):
                continue
            same = [n for reading in self.s.values[m].keys for n in of_field.get((field, reading), ()) if n not in self.claimed]
            if same:
                self._keep(m, same[0])

    def _swapped(self) -> None:
        """Values of one sentence that changed places: each stands among the other's words."""
        settled = self._other_subjects()
        of_pair: dict[tuple[int, int, str], list[tuple[int, int]]] = defaultdict(list)
        for m, n in self.kept.items():
            if n is not None and self.s.group[m] in ("value", "identifier", "sign"):
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
                    if nb > na or a in self.exchanged or b in self.exchanged or self._equal(a, nb) or (a, b) in settled:
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
                for n in self.s.at_rank(m, free, MOST_IN_SENTENCE):
                    if not fits(n):
                        continue
                    score = self._stands_for(m, n, sim)
                    if score >= least:
                        pairs.append((score, -abs(m - n), m, n))
        for *_, m, n in sorted(pairs, reverse=True):
            if m not in self.exchanged and m not in self.kept and m not in self.lessened and n not in self.claimed:
                self.claimed.add(n)
                if not self._says_part(m, n):
                    self.exchanged[m] = n
                elif self.elsewhere.in_parts(m):
                    self.kept[m] = n
                else:
                    self.lessened[m] = n

    def _literal(self) -> None:
        """Values and identifiers whose words stand in the sentence that tells theirs, as a part of something longer."""
        for m in self._open():
            if self.s.group[m] in ("value", "identifier") and self.elsewhere.literally(m):
                self._keep(m, None)

    def _stands_for(self, m: int, n: int, sim: float) -> float:
        """How surely output mention `n` stands in the place of source mention `m`; 0 where it cannot."""
        s, o = self.s, self.o
        a, b = s.group[m], o.group[n]
        if self._equal(m, n):
            return 0.0
        if a != b and "quote" in (a, b) or {a, b} == {"name", "value"}:
            return 0.0
        if (a, b) == ("identifier", "value") and o.said(n) in s.said(m):
            return 0.0  # a number of what stands there as code
        if (place := count_of(s.values[m])) is not None and place == count_of(o.values[n]):
            return 0.0  # «the second verse», «verse two»
        if "sign" in (a, b) and s.kind[m] is not o.kind[n]:
            return 0.0
        local = self._local(m, n)
        score = 0.6 * local + 0.4 * sim
        if a != b:
            score -= 0.15
        elif s.mentions[m].kind != o.mentions[n].kind:
            score -= 0.05
        if a == "quote":
            score += 0.3 * (overlap(s.mentions[m].value, o.mentions[n].value) - 0.5)
        if b == "name":
            if self.names.stands_for_words(o.said(n)) or (a == "name" and self.names.adjective(m, n)):
                return 0.0
            if a == "name" and self.names.is_bidding(m, of_source=True) and self.names.is_bidding(n):
                return 0.0  # «Cool the rice», «Chill it»
            if a == "name" and set(s.words[m]) & set(o.words[n]):
                score += 0.2
            if not self.foreign(n):
                # a known name in another sentence is what coreference makes of a pronoun
                known = self.names.nearby(m, n) or self.names.told_beside(m, n)
                score = 0.0 if known or local < FOR_KNOWN_NAMES or sim < 0.45 or a != "name" else score
        return score

    def _elsewhere(self) -> None:
        """What is left: said in a place of its own, in other words, or together with another fact."""
        taken = set(self.exchanged.values())
        for m in self._open():
            if self.s.group[m] == "name":
                here = [n for _, j in self.places.candidates(self.s.sentence[m])[:1] for n in self.o.of_sentence.get(j, ())]
                adjective = [n for n in here if self.o.group[n] == "name" and self.names.adjective(m, n)]
                if adjective and not any(self.s.words[k] == self.o.words[adjective[0]] for k in range(len(self.s.words))):
                    self._keep(m, adjective[0])
                continue
            if self.s.kind[m].each_place:
                if self.elsewhere.in_other_words(m):
                    self._keep(m, None)
                continue
            near = self.elsewhere.equal_anywhere(m) or [n for n in self.elsewhere.bare_anywhere(m) if self.elsewhere.shares(m, n)]
            free = [n for n in near if n not in self.claimed]
            if free:
                self._keep(m, max(free, key=lambda n: self.elsewhere.shares(m, n)) if len(free) > 1 else free[0])
                continue
            shared = next((n for n in near if n not in taken and self.elsewhere.carries_over(m, n)), None)
            if shared is not None:
                self._keep(m, shared)
            elif self.elsewhere.literally(m) or self.elsewhere.in_other_words(m) or self.elsewhere.in_parts(m):
                self._keep(m, None)

    def _open(self) -> list[int]:
        return [
            m for m in range(len(self.s.mentions))
            if not any(m in found for found in (self.kept, self.exchanged, self.lessened, self.contradicted))
        ]  # fmt: skip

    def _local(self, m: int, n: int) -> float:
        if (m, n) not in self._alike:
            self._alike[m, n] = alike(self.s.around(m), self.o.around(n))
        return self._alike[m, n]

    def _equal(self, m: int, n: int) -> bool:
        s, o = self.s, self.o
        if s.group[m] == "name" or o.group[n] == "name":
            return s.group[m] == o.group[n] and agree(s.words[m], o.words[n])
        if s.group[m] == "sign" and None not in (s.field(m), o.field(n)) and s.field(m) != o.field(n):
            return False  # «verify: true» does not say «tls: true»
        return s.kind[m].keeps(s.values[m], o.values[n]) and self._adds_nothing(m, n)

    def _adds_nothing(self, m: int, n: int) -> bool:
        """Whether what `n` says beyond `m`, the line of a file or the port of a host, stands in the source too."""
        added = self.o.values[n].readings[0].added()
        return added is None or added == self.s.values[m].readings[0].added() or added in self.s.by_key

    def _equal_in(self, m: int, j: int) -> Iterable[int]:
        """The mentions in output sentence `j` that say what source mention `m` says; of very many, those at its rank."""
        s = self.s
        keys = (NAMES,) if s.group[m] == "name" else dict.fromkeys((*s.values[m].keys, *s.kind[m].spared(s.values[m])))
        most = MOST_IN_SENTENCE if s.group[m] == "name" else MOST_EQUAL
        found = dict.fromkeys(n for key in keys for n in self.s.at_rank(m, self.o.said_in.get((j, key), ()), most))
        return [n for n in found if n not in self.claimed and self._equal(m, n)]

    def _says_part(self, m: int, n: int) -> bool:
        """Whether the output's value is the source's with less: a date without its day, a number without its unit."""
        return self.s.kind[m].part_of(self.s.values[m], self.o.values[n])
