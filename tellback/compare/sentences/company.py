"""With which words a word stands: two parts of a sentence that change places as wholes change nothing in either."""

from __future__ import annotations

import re

from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.lexicon import words

#: Words that join two parts of a sentence, and marks that part them.
_PARTING = words("and but while whereas , ; : ( ) — –")
_ITEMS = words("- * • +")
_NEXT = re.compile(r"\n[ \t]*(?:\n|[-*•+] |\d{1,3}[.)] )")
_FUNCTION = words("ADP DET AUX PRON PART CCONJ SCONJ PUNCT SPACE")


def kept_company(pair: SentencePair, x: tuple[int, int], y: tuple[int, int]) -> bool:
    """Whether `x` and `y`, each a word of the source and the same word in the output, stand in parts of their own in both
    sentences, and stand rather among the words that only their own parts had than among the other's."""
    s, o = pair.s, pair.o
    mine_x, mine_y = part_of(s, pair.i, x[0]), part_of(s, pair.i, y[0])
    theirs_x, theirs_y = part_of(o, pair.j, x[1]), part_of(o, pair.j, y[1])
    if y[0] in mine_x or y[1] in theirs_x:
        return False
    own = {s.key[x[0]], s.key[y[0]]}
    left_out = all(any(all(p.pos[k] != "VERB" for k in part) for part in parts) for p, parts in ((s, (mine_x, mine_y)), (o, (theirs_x, theirs_y))))
    a, b = _keys(s, mine_x, left_out) - own, _keys(s, mine_y, left_out) - own
    only_a, only_b = a - b, b - a
    there_x, there_y = _keys(o, theirs_x, left_out), _keys(o, theirs_y, left_out)
    stayed = len(only_a & there_x) + len(only_b & there_y)
    crossed = len(only_a & there_y) + len(only_b & there_x)
    return stayed > crossed


def part_of(p: Parse, sentence: int, word: int) -> range:
    """The part of a sentence, between two words that part it, in which `word` stands."""
    first, last = p.sents[sentence]
    begin = next((k + 1 for k in range(word - 1, first - 1, -1) if _parts(p, k)), first)
    end = next((k for k in range(word + 1, last) if _parts(p, k)), last)
    return range(begin, end)


def across_items(p: Parse, a: int, b: int) -> bool:
    """Whether two words stand in different items of a list, or a blank line parts them, as it does a heading and its text: the
    parse took them for one sentence."""
    first, last = sorted((p.start[a], p.start[b]))
    between = p.text[first:last]
    return "\n" in between and _NEXT.search(between) is not None


def _parts(p: Parse, k: int) -> bool:
    """Whether a sentence is parted at a word: by a joint, or by the sign of an item of a list."""
    return p.low[k] in _PARTING or (p.low[k] in _ITEMS and k > 0 and p.low[k - 1].startswith("\n"))


def _keys(p: Parse, part: range, left_out: bool = False) -> set[str]:
    """The words of a part. `left_out`: without its verb and units, which the second of two parts may leave out: «one fires at 1,240
    degrees, two at 1,060»."""
    found = [k for k in part if p.pos[k] not in _FUNCTION]
    if left_out:
        found = [k for k in found if p.pos[k] != "VERB" and not (p.pos[k] == "NOUN" and k and p.pos[k - 1] == "NUM" and p.text[p.start[k - 1]].isdigit())]
    return {p.key[k].strip(".") for k in found}
