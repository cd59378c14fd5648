"""What somebody says, told of them: «Anna: I sold my boat.» - «Anna sold her boat.»"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.entail_train.rewordings import Word, Words
from tellback.corpora.substitutes import FIRST_NAMES
from tellback.language.inflection import third

_OF = {"he": {"i": "he", "me": "him", "my": "his", "mine": "his", "myself": "himself"},
       "she": {"i": "she", "me": "her", "my": "her", "mine": "hers", "myself": "herself"}}  # fmt: skip
#: Those whom one cannot name from one sentence.
_OTHERS = frozenset("you your yours we us our ours ourselves yourself let".split())
_BE = {"am": "is", "'m": "is", "’m": "is", "have": "has", "'ve": "has", "’ve": "has", "do": "does"}
_LEADS = ("{}", "{} says that {}", "{} explains that {}", "{} told them that {}", "{} mentions that {}")


def speakers(rng: Random, n: int) -> list[str]:
    """Different names."""
    return rng.sample([name for pool in FIRST_NAMES for name in pool], n)


def can_be_told(sentence: Any) -> bool:
    """Whether somebody speaks of themselves here, and of nobody who is spoken to."""
    low = {t.lower_ for t in sentence}
    return any(t.lower_ == "i" and t.dep_ == "nsubj" for t in sentence) and not low & _OTHERS and "?" not in low


def told_of(words: Words, name: str, wrong: bool, rng: Random) -> Words:
    """In the third person, of `name` (which is `wrong` where another said it)."""
    of = _OF[rng.choice(("he", "she"))]
    out, named = [], False
    lead = rng.choice(_LEADS)
    if lead != "{}":
        before = lead.split("{}")[1].split()
        out, named = [Word(name, True, None, wrong), *(Word(w, True, None) for w in before)], True
    for word in words:
        low = word.text.lower()
        if low in of:
            text = of[low] if named or low != "i" else name
            bad = word.bad or (wrong and low == "i" and not named)
            named = named or low == "i"
            out.append(replace(word, text=text, bad=bad, space=word.space or _next_is_short(words, word)))
        elif word.token is not None and _is_mine(word.token):
            lemma = word.token.lemma_.lower()
            present = word.token.tag_ == "VBP"
            out.append(replace(word, text=_BE.get(low) or (third(lemma) if present else word.text)))
        else:
            out.append(word)
    return out


def _is_mine(token: Any) -> bool:
    """The finite verb of «I»: a word of the present, or what stands for one in short."""
    heads = [token, token.head] if token.dep_ in ("aux", "auxpass") else [token]
    mine = any(c.dep_ in ("nsubj", "nsubjpass") and c.lower_ == "i" for h in heads for c in h.children)
    helped = token.dep_ not in ("aux", "auxpass") and any(c.dep_ in ("aux", "auxpass") for c in token.children)
    return mine and not helped and token.tag_ in ("VBP", "VB") and token.lower_ not in ("'d", "’d", "'ll", "’ll")


def _next_is_short(words: Words, word: Word) -> bool:
    """«I'm»: a space before what is written out."""
    at = words.index(word) + 1
    return at < len(words) and words[at].text in ("'m", "’m", "'ve", "’ve")
