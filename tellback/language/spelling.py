"""British and American spellings of a word under one key. Only the sameness of two keys means anything."""

from __future__ import annotations

import re

_WORDS = {
    "programme": "program", "grey": "gray", "cheque": "check", "aluminium": "aluminum", "ageing": "aging", "plough": "plow",
    "judgement": "judgment", "mould": "mold", "sceptical": "skeptical", "sceptic": "skeptic", "jewellery": "jewelry",
    "kerb": "curb", "storey": "story", "pyjamas": "pajamas", "whilst": "while", "towards": "toward", "artefact": "artifact",
    "cosy": "cozy", "draught": "draft", "tonne": "ton", "manoeuvre": "maneuver", "skilful": "skillful", "moustache": "mustache",
}  # fmt: skip
_ENDINGS = (
    (re.compile(r"our(?=s?$|ed$|ing$|ite|able|al|hood|less|ful|er|ist)"), "or"),
    (re.compile(r"(?<=[a-z]{3})is(?=(?:e|ed|es|ing|ation|ations|er|ers)$)"), "iz"),
    (re.compile(r"(?<=ly)s(?=(?:e|ed|es|ing)$)"), "z"),
    (re.compile(r"(?<=[a-z]{2}[bt])re(?=s?$|d$)"), "er"),
    (re.compile(r"ogue(?=s?$)"), "og"),
    (re.compile(r"gramme(?=s?$)"), "gram"),
    (re.compile(r"(?<=[a-z]{3})ence(?=s?$)"), "ense"),
    (re.compile(r"(?<=[a-z]{4}l)l(?=$|s$|ed$|ing$|er$|ers$|ment)"), ""),
)
_LEAST = 5  # letters; shorter words have one spelling


def american(word: str) -> str:
    """The key of a word in lower case."""
    plain = _WORDS.get(word)
    if plain:
        return plain
    if word.endswith("s") and word[:-1] in _WORDS:
        return _WORDS[word[:-1]] + "s"
    if len(word) >= _LEAST:
        for ending, other in _ENDINGS:
            word = ending.sub(other, word)
    return word
