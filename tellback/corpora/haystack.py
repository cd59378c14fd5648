"""Long texts with planted sentences: filler that says nothing of what is asked, and words for what is planted in it.

The filler is `prose`, sentences of the shipped public-domain passages, which begin again in another order when they are used
up, or `made`, sentences of a small grammar. Both are drawn by a seed, and neither holds a number of the planted sort.
"""

# ruff: noqa: SIM905
from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Literal

from tellback.corpora.public_domain import passages
from tellback.errors import UsageError
from tellback.language.sentences import sentences
from tellback.records import Span

Count = Callable[[str], int]  # tokens of a text
Filler = Literal["prose", "made"]
Form = Literal["number", "word", "id"]
TRIES = 20  # sentences too long for what is left of a text, before it is left so

ADJECTIVES = (
    "amber brisk calm dusty early faded gentle humble idle jolly keen lanky mellow nimble olive placid quiet russet sleepy "
    "tawny upright vivid wary zesty"
).split()
ANIMALS = (
    "heron otter badger lynx marten plover stoat tapir weasel ibis gannet dormouse kestrel lapwing newt osprey polecat quail "
    "siskin tern urchin vole walrus yak"
).split()
WORDS = (
    "acorn anvil barley basin beacon bellows bobbin bramble buckle candle canoe carrot cedar chisel cinder clover compass copper "
    "cradle dagger drum ember fiddle flint funnel garlic goblet hammock hinge juniper kettle ladle lantern lichen magnet mallet "
    "mitten mortar nettle oar pebble pepper pillow pulley quiver raft ribbon saddle sickle spindle sponge thimble thistle timber "
    "trellis trowel velvet walnut whistle yarn"
).split()
_WHO = "baker carpenter clerk driver farmer ferryman gardener grocer mason miller painter porter tailor teacher weaver widow".split()
_DID = (
    "swept the yard|mended a fence|waited for the rain|counted the empty crates|closed the shutters|lit the stove|walked along the "
    "river|carried a basket|wrote a short letter|spoke of the harvest|looked at the hills|washed the windows|slept by the fire|"
    "forgot the umbrella|bought some bread|heard the church bells"
).split("|")
_WHEN = (
    "in the morning|after supper|before the fair|on the way home|while the others rested|as on every day|without any hurry|"
    "when the wind had dropped|for a long while|during the frost|at the edge of the village|under a pale sky"
).split("|")


def estimated_tokens(text: str) -> int:
    """Tokens of `text` where no tokenizer is at hand: four a three words, as English has in most of them."""
    return -(-4 * len(text.split()) // 3)


@lru_cache(maxsize=1)
def _prose() -> tuple[tuple[str, ...], ...]:
    """The sentences of each shipped passage."""
    return tuple(tuple(" ".join(p.text[a:b].split()) for a, b in sentences(p.text)) for p in passages().values())


def filler(kind: Filler, rng: Random) -> Iterator[str]:
    """Sentences without end; of prose, those of a passage stay together."""
    while True:
        if kind == "prose":
            for passage in rng.sample(_prose(), len(_prose())):
                yield from passage
        else:
            yield f"The {rng.choice(_WHO)} {rng.choice(_DID)} {rng.choice(_WHEN)}."


def values(form: Form, n: int, rng: Random) -> list[str]:
    """`n` different values of one form: seven digits, a plain noun, or eight hexadecimal digits in two groups."""
    if form == "word":
        return rng.sample(WORDS, n)
    made: dict[str, None] = {}
    while len(made) < n:
        number = rng.randrange(10**6, 10**7)
        made[str(number) if form == "number" else f"{rng.randrange(16**4):04x}-{rng.randrange(16**4):04x}"] = None
    return list(made)


def keys(n: int, rng: Random) -> list[tuple[str, str]]:
    """`n` pairs of an adjective and an animal, no animal twice."""
    return [(rng.choice(ADJECTIVES), animal) for animal in rng.sample(ANIMALS, n)]


@dataclass
class Haystack:
    """Makes texts of at most a length, in tokens as `count` counts them."""

    kind: Filler
    count: Count
    _counted: dict[str, int] = field(default_factory=dict)

    def text(self, length: int, planted: Sequence[tuple[float, str]], rng: Random) -> tuple[str, list[Span]]:
        """(text of at most `length` tokens, and of few less; where each planted sentence stands in it).

        `planted`: (how deep, 0 to 1; sentence). Raises UsageError where they alone are longer than that.
        """
        needed = sum(self._n_tokens(sentence) for _, sentence in planted)
        if needed > length:
            raise UsageError(f"{length} tokens have no room for {len(planted)} planted sentences, which need {needed}. Ask for longer texts.")
        straw, left, too_long = [], length - needed, 0
        for sentence in filler(self.kind, rng):
            n = self._n_tokens(sentence)
            if n <= left:
                straw.append(sentence)
                left -= n
            elif (too_long := too_long + 1) == TRIES:
                break
        while True:
            text, spans = _joined(straw, planted)
            if not straw or self.count(text) <= length:  # the tokens of sentences need not be those of the whole
                return text, spans
            straw.pop()

    def _n_tokens(self, sentence: str) -> int:
        if sentence not in self._counted:
            self._counted[sentence] = self.count(f" {sentence}")
        return self._counted[sentence]


def _joined(straw: Sequence[str], planted: Sequence[tuple[float, str]]) -> tuple[str, list[Span]]:
    """The filler with each planted sentence after its part of it, and where these stand, in the order in which they came."""
    ends = list(accumulate(len(sentence) for sentence in straw)) or [0]
    parts = [(i, -1, sentence) for i, sentence in enumerate(straw)]
    parts += [(bisect(ends, depth * ends[-1]) - 0.5, i, sentence) for i, (depth, sentence) in enumerate(planted)]
    spans: list[Span] = [(0, 0)] * len(planted)
    text = ""
    for _, number, sentence in sorted(parts, key=lambda part: part[:2]):
        text += " " * bool(text)
        if number >= 0:
            spans[number] = len(text), len(text) + len(sentence)
        text += sentence
    return text, spans
