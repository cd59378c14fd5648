"""Simple pronouns: what «he», «she», «it» and «they» most likely refer to, or that this is open.

A pronoun is resolved only where one candidate fits: names and nouns of the same gender in its own sentence before it, or
in the sentence before. Two that fit leave it open; an open pronoun is never evidence of anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from tellback.language.lexicon import FEMALE, MALE, words
from tellback.records import Span

PRONOUNS = {
    **dict.fromkeys(words("he him his himself"), "male"),
    **dict.fromkeys(words("she her hers herself"), "female"),
    **dict.fromkeys(words("it its itself"), "thing"),
    **dict.fromkeys(words("they them their theirs themselves"), "many"),
}
OPEN = words("i me my we us our you your one this these those that who which what whom there")
SUBJECT = ("nsubj", "nsubjpass")


def gender(words: Sequence[str]) -> str:
    """«male», «female» or nothing (unknown) from a name's words, titles included."""
    if any(w.strip(".") in FEMALE for w in words):
        return "female"
    return "male" if any(w.strip(".") in MALE for w in words) else ""


def antecedents(
    low: Sequence[str], pos: Sequence[str], dep: Sequence[str], head: Sequence[int], sents: Sequence[Span]
) -> dict[int, int | None]:
    """Word -> the word it refers to, None where that is open, for every pronoun of a text."""
    out: dict[int, int | None] = {}
    before: list[tuple[int, str, bool]] = []  # people of the sentence before: word, gender, is a subject
    for first, last in sents:
        here: list[tuple[int, str, bool]] = []
        for i in range(first, last):
            if low[i] in PRONOUNS and pos[i] in ("PRON", "DET"):
                out[i] = _choose(PRONOUNS[low[i]], here, before)
            elif low[i] in OPEN and pos[i] in ("PRON", "DET"):
                out[i] = None
            elif pos[i] in ("PROPN", "NOUN") and dep[i] != "compound":
                name = [low[j] for j in range(max(first, i - 3), i) if head[j] == i and dep[j] == "compound"] + [low[i]]
                sex = gender(name)
                if pos[i] == "PROPN" and dep[i] not in ("pobj", "npadvmod") or sex:
                    here.append((i, sex, dep[i] in SUBJECT))
        before = here or before
    return out


def _choose(wanted: str, here: list[tuple[int, str, bool]], before: list[tuple[int, str, bool]]) -> int | None:
    if wanted in ("thing", "many"):
        return None  # too many nouns fit
    for pool in (here, before):
        sure = [i for i, sex, _ in pool if sex == wanted]
        if len(sure) == 1 and not any(sex == "" for _, sex, _ in pool):
            return sure[0]
        fits = [(i, subject) for i, sex, subject in pool if sex in ("", wanted)]
        if len(fits) == 1:
            return fits[0][0]
        if len(fits) > 1:
            return None
    return None
