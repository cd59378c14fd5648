"""The little English that a change of a clause needs: finite forms, agreement, the article."""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from typing import Any

IRREGULAR = dict(
    pair.split(":")
    for pair in (
        "arise:arose be:was bear:bore beat:beat become:became begin:began bend:bent bind:bound bite:bit blow:blew "
        "break:broke bring:brought build:built burn:burned buy:bought catch:caught choose:chose come:came cost:cost "
        "cut:cut deal:dealt dig:dug do:did draw:drew drink:drank drive:drove eat:ate fall:fell feed:fed feel:felt "
        "fight:fought find:found fly:flew forbid:forbade forget:forgot forgive:forgave freeze:froze get:got give:gave "
        "go:went grow:grew hang:hung have:had hear:heard hide:hid hit:hit hold:held hurt:hurt keep:kept know:knew "
        "lay:laid lead:led leave:left lend:lent let:let lie:lay lose:lost make:made mean:meant meet:met pay:paid "
        "put:put read:read ride:rode ring:rang rise:rose run:ran say:said see:saw seek:sought sell:sold send:sent "
        "set:set shake:shook shoot:shot show:showed shut:shut sing:sang sink:sank sit:sat sleep:slept speak:spoke "
        "spend:spent spread:spread stand:stood steal:stole stick:stuck strike:struck swear:swore sweep:swept swim:swam "
        "take:took teach:taught tear:tore tell:told think:thought throw:threw understand:understood wake:woke "
        "wear:wore win:won withdraw:withdrew write:wrote"
    ).split()
)
PLURAL = {"is": "are", "was": "were", "has": "have", "does": "do"}
SINGULAR = {plural: singular for singular, plural in PLURAL.items()}


def past(lemma: str) -> str | None:
    """The simple past; None where doubling of the last letter is a guess."""
    if lemma in IRREGULAR:
        return IRREGULAR[lemma]
    if lemma.endswith("e"):
        return lemma + "d"
    if re.search(r"[^aeiou]y$", lemma):
        return lemma[:-1] + "ied"
    if re.search(r"[^aeiou][aeiou][bdgklmnprt]$", lemma):  # stop, visit, prefer: which of them double?
        return lemma + lemma[-1] + "ed" if len(re.findall(r"[aeiou]+", lemma)) == 1 else None
    return lemma + "ed"


def third(lemma: str) -> str:
    """The third person singular of the present."""
    if lemma in ("have", "be"):
        return {"have": "has", "be": "is"}[lemma]
    if re.search(r"(s|x|z|ch|sh|o)$", lemma):
        return lemma + "es"
    return lemma[:-1] + "ies" if re.search(r"[^aeiou]y$", lemma) else lemma + "s"


def finite(lemma: str, support: str) -> str | None:
    """What «did find», «does find», «do find» say without their auxiliary."""
    return {"did": past, "does": third, "do": lambda x: x}[support](lemma) if support in ("did", "does", "do") else None


def article(word: str) -> str:
    """«a» or «an», by the sound that `word` begins with."""
    if re.match(r"(8|11(\D|$)|18(\D|$))|hour|honest|honou?r|heir", word, re.IGNORECASE):
        return "an"
    if re.match(r"(one\b|once|uni([^nm]|$)|use|euro|ubiq)", word, re.IGNORECASE):
        return "a"
    return "an" if re.match(r"[aeiou]", word, re.IGNORECASE) else "a"


def _plural(token: Any) -> bool:
    if token.pos_ == "PRON":
        return token.lower_ in ("they", "them", "we", "us")
    return token.tag_ in ("NNS", "NNPS") or any(t.dep_ == "conj" for t in token.children)


def agree(words: Any, subject: Any, new_subject: Any) -> str | None:
    """The words between subject and object (a spaCy span), agreeing with `new_subject`; None where unsure."""
    first_person = {"I"} & {subject.text, new_subject.text} or {"me"} & {subject.lower_, new_subject.lower_}
    out = words.text
    verb = next((t for t in words if t.tag_ in ("VBZ", "VBP", "VBD", "MD")), None)
    if verb is None:
        return None
    if verb.tag_ == "MD" or verb.tag_ == "VBD" and verb.lemma_ != "be":
        return out
    if first_person or verb.text not in (*PLURAL, *SINGULAR) and verb.pos_ == "AUX":
        return None
    if _plural(subject) == _plural(new_subject):
        return out
    if verb.text in PLURAL or verb.text in SINGULAR:
        form = (PLURAL if _plural(new_subject) else SINGULAR).get(verb.text)
    else:
        form = verb.lemma_ if _plural(new_subject) else third(verb.lemma_)
    if form is None:
        return None
    at = verb.idx - words.start_char
    return out[:at] + form + out[at + len(verb) :]
