"""The same said in other words: on a list of words that know their token and whether they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from benchmarks.entail_train.vocabulary import CONTENT, Vocabulary

#: What cannot be left out without saying something else.
KEPT = frozenset("not never no hardly scarcely barely nearly almost only just even without except unless if against instead despite "
                 "less more most few too enough rather than almost supposedly allegedly perhaps maybe possibly probably".split())  # fmt: skip
_LEFT_OUT = ("prep", "advmod", "advcl", "relcl", "acl", "appos", "npadvmod", "amod", "intj", "nummod", "parataxis")
_SHORT = {"do not": "don't", "does not": "doesn't", "did not": "didn't", "is not": "isn't", "are not": "aren't",
          "was not": "wasn't", "were not": "weren't", "can not": "can't", "will not": "won't", "would not": "wouldn't",
          "could not": "couldn't", "has not": "hasn't", "have not": "haven't", "had not": "hadn't"}  # fmt: skip
_DIGITS = dict(zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True))
_OTHER = {"upon": "on", "whilst": "while", "although": "though", "though": "although", "because": "since", "also": "too",
          "among": "amongst", "toward": "towards", "percent": "%", "until": "till", "which": "that", "however": "but",
          "about": "around", "near": "close to", "within": "inside", "during": "in the course of", "to": "in order to"}  # fmt: skip
_SAYING = (
    "The text says that", "According to the article,", "It is stated that", "The author notes that", "In summary,",
    "As described,", "The passage explains that", "It was reported that", "The email says that", "The speaker explains that",
    "This document states that", "The company reported that", "It also says that", "The writer describes how", "We learn that",
    "The message informs them that", "Users are told that", "The discussion covers that", "The study finds that",
)  # fmt: skip
_OBJECTS = {"he": "him", "she": "her", "they": "them", "i": "me", "we": "us"}
_SUBJECTS = {new: old for old, new in _OBJECTS.items()}


@dataclass(frozen=True)
class Word:
    """`space`: whether one follows. `token`: the one of the original that it is, None for a word put in its place."""

    text: str
    space: bool
    token: Any | None
    bad: bool = False


Words = list[Word]


def said(words: Words) -> tuple[str, list[tuple[int, int]]]:
    """(the text, the characters of its wrong words)."""
    text, spans = "", []
    for word in words:
        if word.bad:
            spans.append((len(text), len(text) + len(word.text)))
        text += word.text + (" " if word.space else "")
    return text.rstrip(), spans


def shortened(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """Without some of what its clauses may lack."""
    share, out = rng.choice((0.25, 0.5, 0.8)), words
    for word in words:
        token = word.token
        if token is None or token.dep_ not in _LEFT_OUT or rng.random() > share:
            continue
        inside = {t.i for t in token.subtree}
        gone = {t.lower_ for t in token.subtree}
        if gone & KEPT or (token.dep_ == "prep" and _is_bound(token)):
            continue
        left = [w for w in out if w.token is None or w.token.i not in inside]
        if sum(w.token is not None and w.token.pos_ in (*CONTENT, "PROPN") for w in left) >= 3:
            out = left
    return out


def synonyms(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """Some words by others of the same sense."""
    share, out = rng.choice((0.3, 0.6, 1.0)), []
    for word in words:
        token = word.token
        new = None
        if token is not None and rng.random() < share:
            new = vocabulary.same(token, rng) if token.pos_ in CONTENT and not token.ent_type_ else None
            new = new or (
                _OTHER.get(token.lower_) if rng.random() < 0.3 and token.dep_ in ("prep", "mark", "advmod") else None
            )
            new = new or (str(_DIGITS[token.lower_]) if token.lower_ in _DIGITS and token.pos_ == "NUM" else None)
        out.append(word if new is None else replace(word, text=new))
    return out


def contracted(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """«did not» - «didn't»."""
    out: Words = []
    for word in words:
        pair = f"{out[-1].text.lower()} {word.text.lower()}" if out else ""
        if pair in _SHORT and word.text.islower():
            out[-1] = replace(out[-1], text=_SHORT[pair], space=word.space, bad=out[-1].bad or word.bad)
        elif word.text.lower() in ("n't", "n’t") and out and out[-1].text.lower() not in ("ca", "wo"):
            out[-1] = replace(out[-1], space=True)
            out.append(replace(word, text="not"))
        else:
            out.append(word)
    return out


def fronted(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """A phrase of the main verb from the end to the front."""
    for word in words:
        token = word.token
        if (
            token is None
            or token.dep_ != "prep"
            or token.head.dep_ != "ROOT"
            or token.i < token.head.i
            or _is_bound(token)
        ):
            continue
        inside = {t.i for t in token.subtree}
        run = [w for w in words if w.token is not None and w.token.i in inside]
        rest = [w for w in words if w.token is None or w.token.i not in inside]
        if len(run) == len(inside) and len(run) > 1:
            run[-1] = replace(run[-1], space=False)
            return [*run, Word(",", True, None), *rest]
    return words


def passive(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """«A took B» - «B was taken by A»."""
    for verb in (
        w.token for w in words if w.token is not None and w.token.dep_ == "ROOT" and w.token.tag_ in ("VBD", "VBZ")
    ):
        subject = [t for t in verb.children if t.dep_ == "nsubj"]
        target = [t for t in verb.children if t.dep_ == "dobj"]
        done = vocabulary.forms.get((verb.lemma_.lower(), "VBN"))
        others = {t.dep_ for t in verb.children}
        if (
            len(subject) != 1
            or len(target) != 1
            or not done
            or others & {"aux", "conj", "dative", "ccomp", "xcomp", "prt", "neg"}
        ):
            continue
        a, b = ({t.i for t in x[0].subtree} for x in (subject, target))
        if not max(a) < verb.i < min(b) or verb.lemma_ in ("have", "be", "say", "get", "want", "like"):
            continue
        be = (
            ("were" if verb.tag_ == "VBD" else "are")
            if target[0].tag_ in ("NNS", "NNPS")
            else "was"
            if verb.tag_ == "VBD"
            else "is"
        )
        agents, things = ([w for w in words if w.token is not None and w.token.i in of] for of in (a, b))
        wrong = next((w.bad for w in words if w.token is verb), False)
        rest = [w for w in words if w.token is None or w.token.i not in a | b | {verb.i}]
        stop = [w for w in rest[-1:] if w.token is not None and w.token.is_punct]
        rest = rest[: len(rest) - len(stop)]
        if not agents or not things:
            continue
        middle = [Word(be, True, None, wrong), Word(done, True, None, wrong), Word("by", True, None)]
        return [*_case(things, _SUBJECTS), *middle, *_case(agents, _OBJECTS), *rest, *stop]
    return words


def framed(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """With what a summary puts before a statement."""
    return [Word(rng.choice(_SAYING), True, None), *words]


def second(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """Of «A did x and did y»: «A did y», or «A did x»."""
    for verb in (
        w.token for w in words if w.token is not None and w.token.dep_ == "conj" and w.token.head.dep_ == "ROOT"
    ):
        if verb.pos_ != "VERB" or any(t.dep_ == "nsubj" for t in verb.children):
            continue
        subject = [t for t in verb.head.children if t.dep_ == "nsubj"]
        if not subject or any(t.dep_ in ("aux", "neg") for t in (*verb.head.children, *verb.children)):
            continue
        mine, keep = {t.i for t in verb.subtree}, {t.i for t in subject[0].subtree}
        if rng.random() < 0.5:
            return [w for w in words if w.token is not None and (w.token.i in mine or w.token.i in keep)]
        ands = {t.i for t in verb.head.children if t.dep_ in ("cc", "punct") and t.i < verb.i and t.i > subject[0].i}
        return [w for w in words if w.token is None or w.token.i not in mine | ands]
    return words


Rewording = Callable[[Words, Vocabulary, Random], Words]
#: In the order in which they are applied: those that read the parse first; with the share of claims that get each.
REWORDINGS: dict[Rewording, float] = {
    second: 0.3, shortened: 0.5, passive: 0.35, fronted: 0.2, synonyms: 0.65, contracted: 0.3, framed: 0.12,
}  # fmt: skip


def reworded(words: Words, vocabulary: Vocabulary, rng: Random) -> Words:
    """Told anew, by some of the rewordings; one in six stays as it is."""
    if rng.random() < 1 / 6:
        return words
    for reword, share in REWORDINGS.items():
        if rng.random() < share:
            words = reword(words, vocabulary, rng)
    return words


def _is_bound(token: Any) -> bool:
    """A phrase that its verb or noun cannot do without: «of» and what follows a verb at once."""
    return token.lower_ in ("of", "to", "than", "as", "by", "for") or token.i == token.head.i + 1


def _case(words: Words, to: dict[str, str]) -> Words:
    out = [replace(w, text=to.get(w.text.lower(), w.text)) if len(words) == 1 else w for w in words]
    return [*out[:-1], replace(out[-1], space=True)]
