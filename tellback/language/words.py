"""The one list of small words: those that every English text is full of, and that tell no sentence from another.

Articles, pronouns, prepositions, conjunctions and auxiliaries, and what is left of contractions («don't» is don and t).
Not spaCy's list: to import it is to import spaCy, which what is read without the parser does without, and it holds words
that say something here («move», «name», «call», «third»).
"""

from __future__ import annotations

SMALL = frozenset(
    """
    a an the this that these those such some any all each every other
    i me my we us our you your he him his she her it its they them their one who what which there here
    of in on at by for with from as into to about over under up out than
    and or but nor if so then because since also too just very only ever when while where how
    is am are was were be been being do does did done have has had having will would shall should can could may might must
    not no never always more
    s t d ll m re ve don dont doesn didn isn wasn won can't don't doesn't mustn't shouldn't won't isn't let's we'll we've i'll
    you're e.g i.e
    """.split()
)
