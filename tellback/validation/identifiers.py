"""Identifiers of every kind, planted into the technical passages: what the error rates of identifiers are measured on.

The frozen plantings hold too few of most kinds. Here a sentence with one identifier is put into a few sentences of a
technical passage, in every second text beside another one of its kind; then one character of it is another (within its class: the slip that is easy to miss), or the sentence is
left out, or it is told in the other of two ways and the identifier stays. Which identifier, where and what changes follows
from the seed. None of it uses the code that it judges.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from random import Random

from tellback.corpora import conflict
from tellback.corpora.conflict import Edit
from tellback.corpora.public_domain import passages
from tellback.corpora.substitutes import FIRST_NAMES, SURNAMES, another
from tellback.validation.plantings import Planting

CHANGED, DROPPED, KEPT = 40, 20, 40  # texts a kind
SENTENCES = 3  # of a passage, around the one that is put in
AUTHOR = "the tellback authors"  # of the technical passages

#: kind -> two ways to say the same of it.
CARRIERS = {
    "url": ("The dashboard is at {}.", "See {} for the dashboard."),
    "email": ("Questions go to {}.", "Write to {} with questions."),
    "path": ("The settings are in {}.", "Look into {} for the settings."),
    "uuid": ("The request had the id {}.", "The id of the request was {}."),
    "hash": ("The fix is in commit {}.", "Commit {} holds the fix."),
    "ip": ("The new node has the address {}.", "The address of the new node is {}."),
    "iban": ("The refund went to {}.", "To {} went the refund."),
    "vat": ("The supplier's VAT number is {}.", "The VAT number of the supplier is {}."),
    "plate": ("The van has the plate {}.", "The plate of the van is {}."),
    "phone": ("The desk is reached at {}.", "At {} one reaches the desk."),
    "version": ("The agent runs release {}.", "Release {} of the agent runs."),
    "ticket": ("The work is tracked as {}.", "As {} the work is tracked."),
    "code": ("The part number is {}.", "The number of the part is {}."),
    "handle": ("The owner is {}.", "Ask {}, who is the owner."),
    "command": ("To check it, run `{}`.", "Run `{}` to check it."),
}
BEFORE = ("Before, it was {}.", "Before, it was `{}`.")


def planted_identifiers(seed: int = 0) -> list[Planting]:
    """CHANGED plantings of `replaced`, DROPPED of `dropped` and KEPT of `paraphrase` for each kind, in this order."""
    texts = [p.text for p in passages().values() if p.author == AUTHOR]
    out = []
    for kind in CARRIERS:
        rng = Random(f"{seed}-{kind}")
        for change, n in (("replaced", CHANGED), ("dropped", DROPPED), ("paraphrase", KEPT)):
            for i in range(n):
                out.append(_planting(f"{kind}-{change}-{i + 1}", kind, change, rng.choice(texts), rng))
    return out


def _planting(name: str, kind: str, change: str, text: str, rng: Random) -> Planting:
    """One text with a sentence put in, and what was done to it."""
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text)
    first = rng.randrange(max(1, len(sentences) - SENTENCES + 1))
    around = sentences[first : first + SENTENCES]
    value = new_identifier(kind, rng, text)
    ways = list(CARRIERS[kind])
    rng.shuffle(ways)
    at = rng.randrange(1, len(around) + 1)
    other = [] if rng.random() < 0.5 else [BEFORE[kind == "command"].format(new_identifier(kind, rng, value))]
    source = " ".join([*around[:at], *other, ways[0].format(value), *around[at:]])
    start = source.index(value)
    span = (start, start + len(value))
    if change == "replaced":
        new = another(value, "identifier", rng, avoid=source)
        assert new is not None, value
        edits = [Edit(start, value, new)]
    else:
        sentence = ways[0].format(value)
        edits = [Edit(source.index(sentence), sentence, "" if change == "dropped" else ways[1].format(value))]
    output, output_spans = conflict.apply(source, edits)
    changed = tuple((e.start, e.end) for e in edits)
    targets, kept = ((), ((span,),)) if change == "paraphrase" else ((span,), ())
    return Planting(
        name, name, change, kind, source, output, changed, () if change == "dropped" else output_spans, targets, kept,
        "generated",
    )  # fmt: skip


def new_identifier(kind: str, rng: Random, avoid: str) -> str:
    """An identifier of `kind` as such are written, with the right check digits, that does not stand in `avoid`."""
    while True:
        made = MAKERS[kind](rng)
        if made not in avoid:
            return made


def _digits(rng: Random, n: int) -> str:
    return "".join(rng.choice("123456789" if i == 0 else string.digits) for i in range(n))


def _letters(rng: Random, n: int, of: str = "ABCDEFGHJKLMNPRSTUVW") -> str:
    return "".join(rng.choice(of) for _ in range(n))


def _word(rng: Random) -> str:
    return rng.choice("billing search ledger orders metrics archive gateway mailer reports sync".split())


def _hex(rng: Random, n: int) -> str:
    """At least one digit and one letter among the first three."""
    return rng.choice("abcdef") + rng.choice("123456789") + _letters(rng, n - 2, "0123456789abcdef")


def _iban(rng: Random) -> str:
    """A German or Austrian account number with its two check digits (ISO 13616: mod 97), in groups of four or whole."""
    country, n = rng.choice((("DE", 18), ("AT", 16)))
    account = _digits(rng, n)
    number = int(account + "".join(str(ord(c) - 55) for c in country) + "00")
    whole = f"{country}{98 - number % 97:02d}{account}"
    return " ".join(re.findall(".{1,4}", whole)) if rng.random() < 0.5 else whole


def _vat(rng: Random) -> str:
    """A Luxembourgish number (the first six digits mod 89) or a German one (ISO 7064, mod 11, 10)."""
    if rng.random() < 0.5:
        body = _digits(rng, 6)
        return f"LU{body}{int(body) % 89:02d}"
    body, product = _digits(rng, 8), 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{body}{(11 - product) % 10}"


def _version(rng: Random) -> str:
    plain = f"{rng.randrange(1, 12)}.{rng.randrange(30)}.{rng.randrange(30)}"
    return rng.choice((plain, f"v{plain}", f"{plain}-rc{rng.randrange(1, 9)}"))


def _path(rng: Random) -> str:
    ending = rng.choice(("py", "yaml", "toml", "json", "log"))
    return rng.choice((f"/var/lib/{_word(rng)}/{_word(rng)}.{ending}", f"src/{_word(rng)}/{_word(rng)}_{_digits(rng, 1)}.{ending}"))


def _command(rng: Random) -> str:
    return rng.choice((
        f"make {_word(rng)}-{_word(rng)}", f"kubectl logs {_word(rng)}-{_digits(rng, 2)}", f"docker restart {_word(rng)}",
        f"pytest tests/test_{_word(rng)}.py -k {_word(rng)}", f"git revert {_hex(rng, 7)}",
    ))  # fmt: skip


def _code(rng: Random) -> str:
    return rng.choice((f"{_letters(rng, 2)}{_digits(rng, 4)}{_letters(rng, 1)}", f"E{_digits(rng, 4)}",
                       f"{_word(rng)}_{_word(rng)}", f"{_digits(rng, 3)}-{_digits(rng, 2)}-{_digits(rng, 4)}-{_digits(rng, 1)}"))  # fmt: skip


def _handle(rng: Random) -> str:
    name = rng.choice(rng.choice(FIRST_NAMES)).lower()
    return f"@{name}_{rng.choice(SURNAMES).lower()}" if rng.random() < 0.5 else f"@{name}{_digits(rng, 2)}"


MAKERS: dict[str, Callable[[Random], str]] = {
    "url": lambda rng: f"https://{_word(rng)}.example.org/{_word(rng)}/{_digits(rng, 3)}",
    "email": lambda rng: f"{rng.choice(SURNAMES).lower()}.{_word(rng)}@example.org",
    "path": _path,
    "uuid": lambda rng: "-".join(_hex(rng, n) for n in (8, 4, 4, 4, 12)),
    "hash": lambda rng: _hex(rng, rng.choice((7, 12, 40))),
    "ip": lambda rng: f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
    "iban": _iban,
    "vat": _vat,
    "plate": lambda rng: f"{_letters(rng, 2)}-{_digits(rng, 3)}-{_letters(rng, 2)}",
    "phone": lambda rng: f"+{rng.choice((43, 44, 49))} {_digits(rng, 3)} {_digits(rng, 7)}",
    "version": _version,
    "ticket": lambda rng: f"{_letters(rng, 3)}-{_digits(rng, 4)}",
    "code": _code,
    "handle": _handle,
    "command": _command,
}


