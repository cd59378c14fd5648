"""Another value of the same kind: what entity substitution puts in the place of a value."""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

KINDS = ("number", "date", "time", "money", "percent", "name", "place", "identifier")

MONTHS = "January February March April May June July August September October November December".split()
#: Number words are replaced within their row.
NUMBER_WORDS = [
    "two three four five six seven eight nine ten eleven twelve".split(),
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
    "twenty thirty forty fifty sixty seventy eighty ninety".split(),
    "hundred thousand million".split(),
]
FIRST_NAMES = [
    "Adam Arthur Charles David Edmund Edward Felix George Harold Hugo Isaac James John Leo Martin Oliver Paul Peter "
    "Robert Samuel Simon Thomas Victor Walter William".split(),
    "Alice Anna Barbara Caroline Clara Dorothy Elizabeth Ellen Emma Florence Harriet Helen Isabella Jane Julia Laura "
    "Lucy Margaret Maria Mary Rose Ruth Sarah Sofia Susan".split(),
]
SURNAMES = (
    "Abbott Barker Chandler Dalton Ellison Fletcher Garner Hartley Ingram Jarvis Keating Langdon Mercer Norwood Osborne "
    "Palmer Quincey Radford Sutton Thornton Underhill Vaughan Warren Yardley"
).split()
PLACES = [
    "London Paris Berlin Madrid Rome Vienna Lisbon Dublin Geneva Oslo Prague Warsaw Athens Naples Leipzig Lyon".split(),
    "Boston Chicago Philadelphia Baltimore Detroit Cleveland Portland Seattle Denver Pittsburgh Albany".split(),
    "Virginia Ohio Georgia Texas Kansas Nebraska Oregon Alabama Florida Indiana Illinois California Louisiana".split(),
    "England France Spain Italy Germany Denmark Sweden Portugal Russia Turkey Greece Austria".split(),
    "Mexico Cuba Chile Peru Brazil Panama Haiti Nicaragua Honduras Colombia".split(),
    "China Japan India Burma Korea Persia Siam Egypt Morocco Algeria Tunisia".split(),
    "English French Spanish German Italian Russian Turkish Portuguese Danish Greek".split(),
    "Chinese Japanese Mexican Cuban Canadian Egyptian Indian Korean".split(),
]


def another(old: str, kind: str, rng: Random, avoid: str = "") -> str | None:
    """A value of `kind` that is not `old`, written in the same way, and that does not stand in the text `avoid`.

    None when the kind is unknown or the value has no form that could be kept.
    """
    for _ in range(20):
        new = _draw(old, kind, rng)
        if new is None:
            return None
        if new != old and not re.search(rf"(?<!\w){re.escape(new)}(?!\w)", avoid):
            return new
    return None


def _draw(old: str, kind: str, rng: Random) -> str | None:
    if kind == "date":
        return _date(old, rng)
    if kind == "time":
        return re.sub(r":(\d\d)", lambda m: f":{(int(m[1]) + rng.choice(range(5, 55))) % 60:02d}", old, count=1)
    if kind in ("number", "money", "percent"):
        return _digits(old, rng) if re.search(r"\d", old) else _from_pools(old, NUMBER_WORDS, rng)
    if kind == "place":
        return _from_pools(old, PLACES, rng)
    if kind == "name":
        return _name(old, rng)
    return _identifier(old, rng) if kind == "identifier" else None


def _from_pools(old: str, pools: Sequence[Sequence[str]], rng: Random) -> str | None:
    """Exchanges the first word of `old` that stands in a pool for another of the same pool."""
    for m in re.finditer(r"\w+", old):
        for pool in pools:
            if m[0].lower() in {word.lower() for word in pool}:
                new = rng.choice([word for word in pool if word.lower() != m[0].lower()])
                new = new[0].upper() + new[1:] if m[0][0].isupper() else new
                return old[: m.start()] + new + old[m.end() :]
    return None


def _digits(old: str, rng: Random) -> str:
    """Another digit in one of the first three places: the value changes by more than a rounding does."""
    places = [m.start() for m in re.finditer(r"\d", old)][:3]
    at = rng.choice(places)
    low = 1 if at == places[0] else 0
    new = rng.choice([d for d in range(low, 10) if str(d) != old[at]])
    return old[:at] + str(new) + old[at + 1 :]


def _date(old: str, rng: Random) -> str | None:
    year = re.search(r"\b1[5-9]\d\d\b|\b20\d\d\b", old)
    month = re.search("|".join(MONTHS), old)
    day = re.search(r"\b\d{1,2}(?=\D|$)", old[: year.start()] + "    " + old[year.end() :] if year else old)
    part = rng.choice([p for p in (year and "year", month and "month", day and month and "day") if p] or [None])
    if part == "year":
        new = int(year[0]) + rng.choice([-9, -8, -7, -6, -4, -3, -2, 2, 3, 4, 6, 7, 8, 9])
        return old[: year.start()] + str(new) + old[year.end() :]
    if part == "month":
        new = rng.choice([m for m in MONTHS if m != month[0] and m != "February"])
        return old[: month.start()] + new + old[month.end() :]
    if part == "day":
        suffix = old[day.end() : day.end() + 2].lower()
        pool = [d for d in range(4, 21) if str(d) != day[0]] if suffix == "th" else [5, 6, 7, 8, 9]
        if suffix in ("st", "nd", "rd") or suffix[:1] == "d":
            return None
        return old[: day.start()] + str(rng.choice([d for d in pool if str(d) != day[0]])) + old[day.end() :]
    return None


def _name(old: str, rng: Random) -> str | None:
    """A full name gets another surname, a first name another of its gender, any other name a surname."""
    words = old.split()
    if len(words) == 1:
        return _from_pools(old, FIRST_NAMES, rng) or rng.choice(SURNAMES)
    return " ".join([*words[:-1], rng.choice(SURNAMES)])


def _identifier(old: str, rng: Random) -> str | None:
    """One character changed within its class, or two neighbouring digits exchanged: the slip that is easy to miss."""
    body = [i for i, c in enumerate(old) if c.isdigit()]
    swaps = [i for i in body if i + 1 in body and old[i] != old[i + 1]]
    if swaps and rng.random() < 0.3:
        i = rng.choice(swaps)
        return old[:i] + old[i + 1] + old[i] + old[i + 2 :]
    places = body or [i for i, c in enumerate(old) if c.isalpha()]
    if not places:
        return None
    i = rng.choice(places)
    pool = "0123456789" if old[i].isdigit() else "abcdefghijklmnoprstuvw"
    new = rng.choice([c for c in pool if c != old[i].lower()])
    return old[:i] + (new.upper() if old[i].isupper() else new) + old[i + 1 :]
