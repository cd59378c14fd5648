"""From the columns of a parse to who did what to whom: predicates with their arguments, whatever the word order says.

Passive and active, dative alternation, relative clauses, control, coordination and clefts are brought to one form: a
`Clause` gives for each role (agent, patient, recipient, attr, or a preposition) the heads of its fillers. The small English
model errs in perhaps one sentence in five, so readers of this must ask for evidence from both sides.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache

from spacy.tokens import Doc

from tellback.language.columns import NOMINAL, Columns
from tellback.language.contrast import contrastive
from tellback.language.lexicon import CONVERSES, DATIVE_VERBS, DENYING_VERBS, NEGATORS, NOT_DENYING, words
from tellback.language.opposites import PHRASAL
from tellback.language.stems import stem

RELATIVES = words("who whom which that whose")


@dataclass(frozen=True)
class Clause:
    """One predicate: `head` its word, `key` its stem (the converse's where one is known), `verb` its lemma, `roles` the
    heads of its arguments, `negators` the words that deny it, `denied` what they add up to, `own` its words less nested
    clauses."""

    head: int
    key: str
    verb: str
    roles: dict[str, tuple[int, ...]]
    passive: bool
    negators: tuple[int, ...]
    denied: bool
    own: tuple[int, ...]


class Parse(Columns):
    """The columns of a parsed text with its predicates and clauses; see `parse_of`."""

    @cached_property
    def predicates(self) -> set[int]:
        """Verbs and auxiliaries that head a clause of their own."""
        return {
            i
            for i, (pos, dep) in enumerate(zip(self.pos, self.dep, strict=True))
            if (pos == "VERB" or pos == "AUX" or pos == "ADJ" and self.sub(i, ("auxpass",)))  # «is disabled», read as a quality
            and dep not in ("aux", "auxpass", "amod", "compound", "prep", "case", "mark", "pobj", "nummod")
        }

    @cached_property
    def predicate_of(self) -> list[int]:
        """For each word, the predicate whose clause it belongs to (itself for a predicate), -1 for none."""
        out = [-2] * len(self.low)
        for i in range(len(out)):
            path = []
            j = i
            while out[j] == -2 and j not in self.predicates and self.head[j] != j:
                path.append(j)
                j = self.head[j]
            found = out[j] if out[j] != -2 else (j if j in self.predicates else -1)
            out[j] = found
            for k in path:
                out[k] = found
        return out

    @cached_property
    def passive(self) -> set[int]:
        """Predicates whose subject suffers the deed: «was hit», «the man hit by Bob», «was hit and left»."""
        out: set[int] = set()
        for i in sorted(self.predicates):
            if self.tag[i] not in ("VBN", "VBD") and self.pos[i] != "ADJ":
                continue
            kids = self.children[i]
            own_subject = any(self.dep[c] in ("nsubj", "nsubjpass") for c in kids)
            if any(self.dep[c] in ("auxpass", "nsubjpass", "agent") for c in kids):
                out.add(i)
            elif self.tag[i] == "VBN" and any(self.dep[c] == "aux" for c in kids):
                pass  # «has taken»
            elif not own_subject:
                reduced = self.tag[i] == "VBN" and self.dep[i] in ("acl", "advcl")
                if reduced or self.dep[i] == "conj" and self.head[i] in out:
                    out.add(i)
        return out

    @cached_property
    def clauses(self) -> list[Clause]:
        own: dict[int, list[int]] = defaultdict(list)
        for i, p in enumerate(self.predicate_of):
            if p >= 0:
                own[p].append(i)
        out: dict[int, Clause] = {}
        for i in sorted(self.predicates, key=self.depth):
            roles = {
                role: tuple(dict.fromkeys(self._resolve(j, i) for j in js)) for role, js in self._roles(i).items() if js
            }
            negators = self._negators(own[i])
            if not negators and self.dep[i] == "conj":  # «little note, nor long remember»
                nor = [c for c in self.children[self.head[i]] if self.low[c] == "nor" and self.dep[c] == "cc" and c < i]
                negators = tuple(nor[-1:])
            denied = len(negators) % 2 == 1
            matrix = out.get(self.head[i])
            if self.dep[i] == "xcomp" and matrix is not None and self.lemma[matrix.head] in DENYING_VERBS:
                denied ^= not matrix.denied
            key, verb = self.key[i], self.lemma[i]
            for c in self.sub(i, ("prt",)):
                key, verb = f"{key} {self.low[c]}", f"{verb} {self.low[c]}"
            if verb in PHRASAL:
                key, verb = stem(PHRASAL[verb]), PHRASAL[verb]
            if verb in CONVERSES or self.lemma[i] in CONVERSES:
                other, mapping = CONVERSES.get(verb) or CONVERSES[self.lemma[i]]
                key, verb, roles = stem(other), other, {mapping.get(role, role): js for role, js in roles.items()}
            out[i] = Clause(i, key, verb, roles, i in self.passive, negators, denied, tuple(own[i]))
        return [out[i] for i in sorted(out)]

    @cached_property
    def clauses_of_sentence(self) -> list[list[Clause]]:
        out: list[list[Clause]] = [[] for _ in self.sents]
        for clause in self.clauses:
            out[self.sent_of[clause.head]].append(clause)
        return out

    def _subject(self, i: int, depth: int = 0) -> list[int]:
        """The subject of the predicate `i`, its own or the one it shares with the clause it hangs on."""
        found = self.sub(i, ("nsubj", "nsubjpass", "expl"))
        if found:
            return [j for c in found for j in self.with_conjuncts(c)]
        if depth > 4:
            return []
        h, dep = self.head[i], self.dep[i]
        if dep == "acl":
            return [h] if self.tag[i] in ("VBN", "VBG") else []
        if h == i:
            return []
        if dep == "conj" and h in self.predicates:
            return self._subject(h, depth + 1)
        if dep == "xcomp" and h in self.predicates:
            objects = self.sub(h, ("dobj",))
            return objects if objects and self.low[h] != "promised" else self._subject(h, depth + 1)
        if dep in ("advcl", "pcomp") and self.tag[i] in ("VBG", "VBN"):
            h = h if h in self.predicates else self.predicate_of[h]
            return self._subject(h, depth + 1) if h >= 0 else []
        return []

    def _resolve(self, i: int, pred: int) -> int:
        """A relative pronoun's antecedent, any other word itself."""
        if self.low[i] in RELATIVES and self.tag[i] in ("WDT", "WP", "WP$", "IN"):
            j = pred
            while self.dep[j] == "conj" or self.dep[j] in ("xcomp", "ccomp"):
                j = self.head[j]
            if self.dep[j] == "relcl":
                return self.head[j]
            if self.lemma[j] == "be" and any(self.low[c] == "it" for c in self.sub(j, ("nsubj", "expl"))):
                return next(iter(self.sub(j, ("attr",))), i)  # «it was Bob who was hit», read as a complement
        return i

    def _roles(self, i: int) -> dict[str, list[int]]:
        """The heads that fill each role of the predicate `i`; relative pronouns not yet resolved."""
        roles: dict[str, list[int]] = defaultdict(list)
        passive, lemma = i in self.passive, self.lemma[i]
        objects = [j for c in self.sub(i, ("dobj",)) for j in self.with_conjuncts(c)]
        subjects = self._subject(i)
        dative = lemma in DATIVE_VERBS
        second = self.sub(i, ("attr", "oprd")) if passive and dative else []
        objects += [c for c in second if self.pos[c] in NOMINAL]  # «Tom was returned a rose», as the model reads it
        if passive and objects and dative:
            roles["recipient"] += subjects
        else:
            roles["patient" if passive else "agent"] += subjects
        if dative and not passive and len(self.sub(i, ("dobj",))) == 2:
            roles["recipient"].append(objects.pop(0))  # «fed the cat a fish»
        roles["patient"] += objects
        for c in self.children[i]:
            dep = self.dep[c]
            if dep in ("attr", "acomp", "oprd") and c not in objects:
                roles["attr"] += self.with_conjuncts(c)
            elif dep in ("dative", "iobj") and self.pos[c] in NOMINAL:
                roles["recipient"] += self.with_conjuncts(c)
            elif dep in ("prep", "agent", "dative"):
                self.preposition(c, roles, passive, lemma)
            elif dep in ("npadvmod", "dep") and c < i and self.pos[c] == "PROPN" and not objects and not passive:
                roles["patient"].append(c)  # «Bob, Alice hit»
        gap = subjects and not objects and not passive and self.pos[i] == "VERB" and self.dep[i] == "relcl"
        if gap and not any(self._resolve(j, i) != j for js in roles.values() for j in js):
            roles["patient"].append(self.head[i])  # «the book Alice read»
        return roles

    def preposition(self, c: int, roles: dict[str, list[int]], passive: bool, lemma: str, prefix: str = "") -> None:
        """Add the objects of the preposition `c` to `roles`."""
        name = prefix + self.low[c]
        for p in self.children[c]:
            if self.dep[p] == "pobj":
                role = name
                if name == "by" and passive:
                    role = "agent"
                elif name == "to" and lemma in DATIVE_VERBS:
                    role = "recipient"
                roles[role] += self.with_conjuncts(p)
            elif self.dep[p] == "prep":
                self.preposition(p, roles, passive, lemma, name + " ")
            elif self.dep[p] == "conj" and self.pos[p] == "ADP":
                self.preposition(p, roles, passive, lemma)

    def _further(self, i: int) -> bool:
        """Whether a determiner stands before a noun that is joined to another word of its clause."""
        noun = self.head[i]
        while self.dep[noun] == "compound":
            noun = self.head[noun]
        return self.dep[noun] == "conj" and self.pos[noun] in ("NOUN", "PROPN") and self.head[noun] < i

    def _fronted(self, i: int) -> bool:
        """Whether a comma parts a word from the subject of its clause that follows: it stands in a phrase without a verb."""
        subjects = [c for c in self.children[self.predicate_of[i]] if self.dep[c] in ("nsubj", "nsubjpass") and c > i]
        return bool(subjects) and "," in self.low[i : subjects[0]] and self.low[i + 1 : i + 2] != [","]

    def _negators(self, own: list[int]) -> tuple[int, ...]:
        """Of the words `own` of a clause, those that deny it."""
        out = []
        for i in own:
            word = self.low[i]
            if word in ("n’t", "nt") and self.dep[i] == "neg":
                word = "n't"
            if word not in NEGATORS:
                continue
            following = self.low[i + 1] if i + 1 < len(self.low) else ""
            if (word, following) in NOT_DENYING or (word == "n't" and ("not", following) in NOT_DENYING):
                continue
            if word == "nor" and (out or self.dep[i] == "cc"):
                continue  # «neither A nor B» denies once; after a clause it denies the next
            if word == "no" and (self.dep[i] in ("intj", "punct") or following[:1].isdigit() or following == "." and self.low[i + 2 : i + 3] and self.low[i + 2][:1].isdigit()):
                continue  # «No, he came», «the no 1 jersey»
            if word in ("no", "not") and self.low[self.head[self.head[i]]] == "with" and self.dep[self.head[i]] == "pobj":
                continue  # «ended with no result»: it ended
            if word in ("no", "not") and self._fronted(i):
                continue  # «though no longer ill, she stays in bed»: she stays
            if word == "neither" and (self.dep[i] in ("dobj", "attr") or self.lemma[self.head[i]] == "do" and i > self.head[i]):
                continue  # «cron does neither»: what was said of another
            if word == "no" and self._further(i):
                continue  # «bread but no cheese»: the rest of the clause stands
            if contrastive(self, i):
                continue  # «use pnpm, not npm»
            out.append(i)
        return tuple(out)


@lru_cache(maxsize=4)
def parse_of(doc: Doc) -> Parse:
    """The parse of `doc`; those of the last few documents are kept, since facts and judge both read them.

    Not in `doc.user_data`: what lies there must be serialisable.
    """
    return Parse.of(doc)
