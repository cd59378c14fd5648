"""Closed word classes that relations are read with: what negates, what quantifies, what is the converse of what.

Small on purpose: a word stands here only when it has that sense nearly always, because a rule that fires on a word with
two senses raises false alarms. All words are lemmas in lower case.
"""

from __future__ import annotations

from functools import lru_cache

from tellback.language.opposites import OPPOSITE_STEMS
from tellback.language.stems import stem


def words(text: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(text.split())


NEGATORS = words("not n't never no none nobody nothing nowhere neither nor without cannot hardly scarcely barely")
#: After these a negator denies nothing: «not only», «no longer» keeps its force and is not listed.
NOT_DENYING = frozenset(
    {("not", "only"), ("not", "least"), ("not", "just"), ("not", "merely"), ("not", "simply"), ("no", "doubt")}
    | {("no", "matter"), ("no", "wonder"), ("nothing", "but"), ("nothing", "less"), ("no", "more"), ("no", "less")}
    | {("no", "fewer"), ("not", "until"), ("no", "sooner"), ("no", ".")}
)
#: Verbs that deny their complement: «failed to find» is «did not find».
DENYING_VERBS = words("fail refuse decline neglect")
#: Words that deny what they govern without a negator: «impossible to enter» is «could not enter», «stopped» is «no longer».
IMPLYING = words("refrain abstain forbid forbidden prohibit ban bar stop cease prevent avoid impossible unable deny")
#: Verbs of which a denial says as much as one of what they govern: «I do not think he came», «I think he did not come».
NEG_RAISING = words("need require oblige think believe suppose expect want seem appear intend imagine wish")
#: Adjectives and their prepositions: what stands behind them is not there.
FREE_OF = {"negative": words("for"), "free": words("of from"), "clear": words("of"), "devoid": words("of")}
NEGATIVE_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis")
#: Words that only look as if they had such a prefix.
NOT_PREFIXED = words(
    "inform income indeed invest inside inland impress import intend unlike instance insure disclose discover display "
    "dismiss unless until under invent intent inhabit install inquire impart improve impose incite incense"
)

ANTONYMS = {
    frozenset(pair.split("/"))
    for pair in words(
        "tall/short long/short big/small large/small old/young old/new early/late high/low hot/cold warm/cool fast/slow "
        "rich/poor strong/weak heavy/light good/bad hard/soft hard/easy easy/difficult near/far wide/narrow thick/thin "
        "deep/shallow bright/dark dry/wet full/empty open/closed alive/dead true/false possible/impossible safe/dangerous "
        "cheap/expensive clean/dirty loud/quiet male/female public/private left/right north/south east/west "
        "northern/southern eastern/western upper/lower increase/decrease rise/fall win/lose accept/reject allow/forbid "
        "succeed/fail remember/forget include/exclude enter/leave arrive/depart open/close begin/end start/stop love/hate "
        "support/oppose agree/disagree appear/disappear always/never above/below inside/outside guilty/innocent "
        "present/absent able/unable lose/keep more/less more/few most/least great/small better/bad permit/prohibit ban/allow add/remove first/last new/existing"
    )
}

COLOURS = words("black white red green blue yellow orange brown pink purple grey gray violet golden silver")
DIRECTIONS = words("north south east west northern southern eastern western left right upper lower")
ORDINALS = words("first second third fourth fifth sixth seventh eighth ninth tenth last")
#: Classes whose members exclude each other as a modifier of one noun.
EXCLUSIVE = (COLOURS, DIRECTIONS, ORDINALS)
#: Nouns of time: «last week» counts back from today and is no place in a row; «third quarter» is read as a date.
_TIMES, _DATES = (frozenset(map(stem, words(some))) for some in ("day night week weekend month year season century decade time", "quarter"))

#: A R B says the same as B R A.
SYMMETRIC = words(
    "meet marry resemble equal differ divorce date intersect accompany correspond border adjoin match wed collaborate "
    "parallel neighbour neighbor agree compete converse merge overlap interact quarrel"
)
#: verb -> (its converse, that converse's role for each of the verb's roles): «A sells x to B» is «B buys x from A».
CONVERSES = {
    "sell": ("buy", {"agent": "from", "recipient": "agent", "to": "agent", "patient": "patient"}),
    "lend": ("borrow", {"agent": "from", "recipient": "agent", "to": "agent", "patient": "patient"}),
    "loan": ("borrow", {"agent": "from", "recipient": "agent", "to": "agent", "patient": "patient"}),
    "take over": ("hand over", {"agent": "to", "from": "agent", "patient": "patient"}),
    "precede": ("follow", {"agent": "patient", "patient": "agent"}),
    "receive": ("give", {"agent": "recipient", "from": "agent", "patient": "patient"}),
    "fear": ("frighten", {"agent": "patient", "patient": "agent"}),
    "own": ("belong", {"agent": "to", "patient": "agent"}),
}
#: Verbs whose bare second object, or whose «to», is a recipient.
DATIVE_VERBS = words(
    "give send offer show hand pass sell lend loan pay award grant tell teach bring throw post mail promise feed serve "
    "read write return donate owe assign deliver toss forward rent provide supply present"
)

QUANTIFIERS = {
    word: name
    for name, words in {
        "all": "all every each both everyone everybody everything entire whole",
        "most": "most majority",
        "many": "many numerous",
        "some": "some several certain various someone somebody something",
        "few": "few",
        "none": "no none nobody nothing neither",
        "always": "always",
        "often": "usually often frequently",
        "sometimes": "sometimes occasionally",
        "rarely": "rarely seldom",
        "never": "never",
        "only": "only solely exclusively",
    }.items()
    for word in words.split()
}
#: Who does something where all do.
EVERYONE = frozenset(["everyone", "everybody", "anyone", "anybody"])
#: Who does something where none does; «no one» is two words.
NOBODY = frozenset(["nobody", "none", "nothing"])
#: Pairs of classes of which a text cannot hold both of one thing, without one being weaker news of the other. «Many»
#: beside «most» or «some» is loose talk, not a contradiction.
QUANTIFIER_CONFLICTS = {
    frozenset(pair.split("/"))
    for pair in words(
        "all/some all/few all/none all/most most/few most/none most/some many/few many/none some/none "
        "all/many always/sometimes always/rarely always/never always/often often/rarely often/never sometimes/never "
        "often/sometimes few/most"
    )
}
#: Bounds on an amount: word before the number -> which side of it.
BOUNDS = {
    ("at", "least"): "min", ("more", "than"): "min", ("no", "less", "than"): "min", ("not", "less", "than"): "min",
    ("no", "fewer", "than"): "min", ("over",): "min", ("above",): "min", ("minimum", "of"): "min",
    ("exceed",): "min", ("exceeds",): "min", ("exceeding",): "min", ("exceeded",): "min", ("surpass",): "min",
    ("surpassing",): "min", ("upwards", "of"): "min", ("in", "excess", "of"): "min", ("at", "most"): "max", ("less", "than"): "max", ("few", "than"): "max",
    ("fewer", "than"): "max", ("up", "to"): "max", ("under",): "max", ("below",): "max",
    ("no", "more", "than"): "max", ("not", "more", "than"): "max", ("maximum", "of"): "max",
}  # fmt: skip

#: Connective -> does the clause it opens come first?
EARLIER = {
    "after": True,
    "before": False,
    "following": True,
    "once": True,
    "until": False,
    "till": False,
}
#: Connectives of time that turn the order round when one stands for the other.
TURNED = {frozenset(p.split("/")) for p in words("before/after earlier/later previous/next preceding/following")}
SEQUELS = words("then afterwards afterward later subsequently next finally eventually thereafter")
#: Verbs of state: two of them joined by «and» tell no order.
STATIVE = words(
    "be have know own belong like love hate want need seem contain include consist involve remain live exist mean "
    "believe think feel cost depend deserve fit lack matter owe prefer resemble stand lie sit hold keep"
)

FEMALE = words(
    "she her hers herself mrs ms miss lady queen princess mother daughter sister wife aunt woman girl madam countess "
    "duchess actress widow mary alice anna anne ann emma olivia sophia isabella charlotte amelia mia eva eve ella grace "
    "lily chloe emily abigail elizabeth ava sarah sara laura lea léa julia jane kate katherine catherine helen lucy "
    "margaret maria marie linda patricia jennifer barbara susan jessica karen nancy lisa betty sandra ashley kim donna "
    "carol michelle amanda melissa deborah stephanie rebecca sharon cynthia kathleen amy angela virginia diana ruth irene "
    "mira layla zoey nora hannah lillian addison aubrey victoria ellie natalie camila hazel violet aurora claire"
)
MALE = words(
    "he him his himself mr sir lord king prince father son brother husband uncle man boy gentleman duke count actor "
    "james john robert michael william david richard joseph thomas tom charles christopher daniel matthew anthony mark "
    "donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary "
    "nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick "
    "jack dennis jerry tyler aaron jose henry adam douglas nathan peter zachary kyle walter harold jeremy ethan carl "
    "keith roger gerald christian terry sean arthur austin noah lawrence jesse joe bob bill hugo liam oliver lucas logan "
    "mason elijah aiden jackson sebastian levi mateo owen theodore max leo luke holmes watson sherlock barack"
)


def exclusive(word: str, noun: str, names: frozenset[str]) -> bool:
    """Whether `word`, a modifier of the noun with the stem `noun`, is one of the class `names`."""
    return word in names and not (names is ORDINALS and (noun in _DATES or word == "last" and noun in _TIMES))


@lru_cache(maxsize=65536)
def opposite(a: str, b: str) -> bool:
    """Whether two stems say the contrary of each other: an antonym, or one with a negative prefix."""
    if a == b:
        return False
    if frozenset((a, b)) in _ANTONYM_STEMS or frozenset((a, b)) in OPPOSITE_STEMS:
        return True
    short, long = sorted((a, b), key=len)
    return len(short) > 3 and long not in _NOT_PREFIXED_STEMS and any(long == p + short for p in NEGATIVE_PREFIXES)


def opposites(a: str) -> frozenset[str]:
    """The stems that say the contrary of the stem `a`, as far as the lists go."""
    return _opposites().get(a, frozenset())


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    out: dict[str, frozenset[str]] = {}
    for pair in _ANTONYM_STEMS | OPPOSITE_STEMS:
        for a in pair:
            out[a] = out.get(a, frozenset()) | pair - {a}
    return out


_ANTONYM_STEMS = {frozenset(stem(w) for w in pair) for pair in ANTONYMS}
_NOT_PREFIXED_STEMS = frozenset(map(stem, NOT_PREFIXED))
