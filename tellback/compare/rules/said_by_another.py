"""What one speaker said, told of another: who answers a mail told as who was quoted in it, and whose task it is in minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse
from tellback.language.lexicon import words
from tellback.language.speakers import Turn, speaker_at, turns
from tellback.language.stems import stem
from tellback.records import Span

#: Share of the words of what is told that one sentence of a turn must hold; of these, the share that a sentence of the other
#: speaker may hold at most.
SAID, NOT_SAID = 0.6, 0.5
#: Words for what was spoken of, and for a deed that was, by which a speaker takes it up: «Then I'll chair it», «I can do that».
_TAKEN_UP = words("it that this them those these one")
_WILL = words("will 'll ’ll can could")
_ANY_DEED = frozenset(map(stem, words("do take handle cover manage sort arrange see")))
_CONTENT = words("NOUN PROPN VERB ADJ NUM X")
#: Words in which it is told that somebody said something.
_FRAME = frozenset(map(stem, words("say tell think want answer reply ask believe write add explain state be have do will need wish favour favor")))


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of the speaker `name`: its content words, its place, its sentence."""

    name: frozenset[str]
    said: str
    words: frozenset[str]
    span: Span
    sentence: int


class SaidByAnother(TextRule):
    name = "said by another"
    kinds = ("roles",)
    reasons = (Reason.SAID_BY_ANOTHER,)
    found = (
        Found("Ana: I will call the bank on Friday.\nBen: I will book the flights.", "Tasks:\n- Ben: call to the bank\n- Ben: flights",
              "I will call the bank on Friday", "Ben: call to the bank"),
        Found("On Mon, Ana Lund wrote:\n> The pump should be sold in May.\n\nI would keep it until winter.\n--\nBen Roth\n",
              "Ben Roth thinks that the pump should be sold in May.", "The pump should be sold in May", "Ben Roth thinks that the pump should be sold in May"),
    )  # fmt: skip
    harmless = (
        Harmless("Ana: I will call the bank on Friday.\nBen: I will book the flights.", "Tasks:\n- Ana: call to the bank\n- Ben: flights"),
        Harmless("Ana: Ben, please call the bank on Friday.\nBen: I will.", "Ben will call the bank on Friday."),
        Harmless("Ana: I can't open the hall on Friday, I'm in Ulm.\nBen: Then I'll open it.", "Ben opens the hall on Friday."),
    )

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        found = turns(s.text)
        said = list(_sentences(s, found))
        speakers = {word for turn in found for word in turn.name.lower().split()}
        out = []
        for told in _told(o, speakers) if said else ():
            mine = max((_share(told, t) for t in said if told.name & t.name), default=0.0)
            others = [t for t in said if not told.name & t.name and not told.name & t.words]
            best = max(others, key=lambda t: _share(told, t), default=None)
            if best is None or _share(told, best) < SAID or mine > NOT_SAID * _share(told, best):
                continue
            if any(told.name & t.name and t.sentence > best.sentence and _takes_up(s, t, told.words & best.words) for t in said):
                continue
            if len(told.words & best.words) > 1 or any(c.isdigit() for w in told.words & best.words for c in w):
                drift = Drift("roles", best.span, told.span, Reason.SAID_BY_ANOTHER, (best.said, told.said))
                out.append(Placed(best.sentence, told.sentence, drift))
        return out


def _takes_up(s: Parse, t: Told, deeds: frozenset[str]) -> bool:
    """Whether a speaker says in one sentence that he will do what was spoken of, by a pronoun."""
    for k in range(*s.sents[t.sentence]):
        if s.pos[k] == "VERB" and s.key[k] in deeds | _ANY_DEED:
            said = {(s.dep[c], s.low[c]) for c in s.children[k]}
            if ("nsubj", "i") in said and any(dep == "aux" and word in _WILL for dep, word in said) and any(dep == "dobj" and word in _TAKEN_UP for dep, word in said):
                return True
    return False


def _share(told: Told, said: Told) -> float:
    return len(told.words & said.words) / len(told.words)


def _keys(p: Parse, ks: list[int] | range) -> frozenset[str]:
    return frozenset(p.key[k].strip(".") for k in ks if p.pos[k] in _CONTENT) - _FRAME


def _sentences(s: Parse, found: tuple[Turn, ...]) -> Iterator[Told]:
    """What each speaker says, a sentence each; what is asked of another is no deed of who asks."""
    for n, (first, last) in enumerate(s.sents):
        inside = [k for k in range(first, last) if s.pos[k] not in ("SPACE", "PUNCT")]
        turn = speaker_at(found, s.start[inside[-1]]) if inside else None
        inside = [k for k in inside if turn and s.start[k] >= turn.start]
        said = {s.low[k] for k in inside}
        if turn is None or not inside or "you" in said and "i" not in said:
            continue
        span = s.start[inside[0]], s.end[inside[-1]]
        words = _keys(s, inside) | {s.low[k] for k in inside if s.pos[k] == "PROPN"}
        yield Told(frozenset(turn.name.lower().split()), turn.name, words, span, n)


def _told(o: Parse, speakers: set[str]) -> Iterator[Told]:
    """What the output tells of a speaker of the source: clauses, and lines behind a name."""
    names = {stem(word) for word in speakers} | speakers
    for c in o.clauses:
        agents = [k for k in c.roles.get("agent", ()) if o.text[o.start[k]].isupper() and o.low[k] in speakers]
        if len(agents) == 1 and len(c.roles["agent"]) == 1:
            at = o.phrase(agents[0])[0]
            others = [k for d in o.clauses for k in d.roles.get("agent", ()) if k > agents[0] and o.low[k] in speakers - {o.low[agents[0]]}]
            tree = [k for k in o.tree(c.head) if at <= k < min(others, default=len(o.low))]
            if found := _keys(o, tree) - names:
                span = o.start[at], o.end[_last(o, tree)]
                name = agents[0]
                yield Told(frozenset([o.low[name]]), o.unit(name) or o.low[name], found, span, o.sent_of[c.head])
    for turn in turns(o.text):
        name = frozenset(turn.name.lower().split())
        line = [k for k in range(len(o.low)) if turn.start <= o.start[k] < turn.end]
        if name <= speakers and line and (found := _keys(o, line) - names):
            yield Told(name, turn.name, found, (turn.label[0], o.end[_last(o, line)]), o.sent_of[line[0]])


def _last(p: Parse, ks: list[int]) -> int:
    return max((k for k in ks if p.pos[k] not in ("PUNCT", "SPACE")), default=ks[-1])
