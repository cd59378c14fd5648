"""Numbers that an office gives out, often written in groups: iban, vat, plate, phone."""

from __future__ import annotations

import re
from collections.abc import Callable

from tellback.facts.kinds.base import Examples
from tellback.facts.kinds.identifier import Identifier

_VAT_COUNTRIES = "AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK"


class _Grouped(Identifier):
    """Spaces and hyphens part its groups and count for nothing."""

    def canonical(self, text: str) -> str:
        return re.sub(r"[\s-]", "", text).upper()

    def holds(self, core: str) -> bool:
        return core[:2].isupper() and self.find(core, 0) == len(core)


def _last_group(text: str, match: re.Match[str] | None, holds: Callable[[str], bool]) -> int | None:
    """Where the longest run of whole groups inside `match` ends that `holds`."""
    while match:
        words = match[0]
        if holds(words.replace(" ", "")):
            return match.end()
        shorter = words.rpartition(" ")[0]
        match = match.re.match(text, match.start(), match.start() + len(shorter)) if shorter else None
    return None


class Iban(_Grouped):
    """A bank account. Its country says how it is built; with wrong check digits it is one still, as a typo makes them
    wrong."""

    name = "iban"
    spaced = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
    examples = Examples(
        found={"paid to DE89 3704 0044 0532 0130 00 today": "DE89370400440532013000"},
        same=[("DE89 3704 0044 0532 0130 00", "DE89370400440532013000")],
        other=[("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"), ("GB82WEST12345698765432", "GB82WEST12345698765423")],
        none=["DE89 3704", "AB12 CDE", "ZZ89 3704 0044 0532 0130 00"],
    )  # fmt: skip

    def find(self, text: str, at: int) -> int | None:
        return _last_group(text, self.spaced.match(text, at), _is_iban)


def _is_iban(plain: str) -> bool:
    from stdnum import iban

    try:
        return iban.is_valid(plain[:2] + iban.calc_check_digits(plain) + plain[4:], check_country=False)
    except ValueError:
        return False


class Vat(_Grouped):
    """A European VAT number; with wrong check digits it is one still."""

    name = "vat"
    spaced = re.compile(rf"(?:{_VAT_COUNTRIES})U? ?-?[A-Z0-9]{{2,12}}(?:[ .][A-Z0-9]{{2,9}}){{0,4}}(?!\w)")
    heads = frozenset([*_VAT_COUNTRIES.split("|"), "ATU"])
    goes_on = True
    examples = Examples(
        found={"its number is DE123456789 now": "DE123456789", "its number is GB 123 4567 89 now": "GB123456789"},
        same=[("DE 123 456 789", "DE123456789")],
        other=[("DE123456789", "DE123456798")],
        none=["DE12345", "AT NOON", "IT 2024"],
    )

    def find(self, text: str, at: int) -> int | None:
        return _last_group(text, self.spaced.match(text, at), _is_vat)

    def canonical(self, text: str) -> str:
        return super().canonical(text).replace(".", "")


def _is_vat(plain: str) -> bool:
    from stdnum import get_cc_module
    from stdnum.exceptions import InvalidChecksum, ValidationError

    plain = plain.replace(".", "").replace("-", "")
    if sum(c.isdigit() for c in plain) < 7:
        return False
    country = {"CHE": "ch", "EL": "gr"}.get(plain[:3] if plain.startswith("CHE") else plain[:2], plain[:2].lower())
    try:
        get_cc_module(country, "uid" if country == "ch" else "vat").validate(plain)
    except InvalidChecksum:
        return True
    except ValidationError:
        return False
    return True


class Plate(_Grouped):
    """A licence plate: French, British, German."""

    name = "plate"
    rule = re.compile(r"[A-Z]{2}-\d{3}-[A-Z]{2}|[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]{1,3}-[A-Z]{1,2}-?\d{1,4}")
    spaced = re.compile(r"[A-Z]{2}\d{2} [A-Z]{3}(?!\w)|[A-Z]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?(?!\w)|[A-Z]{2} \d{3} [A-Z]{2}(?!\w)")
    goes_on = True
    examples = Examples(
        found={"a car with AB-123-CD on it": "AB123CD", "a car with AB12 CDE on it": "AB12CDE"},
        same=[("AB12 CDE", "AB12CDE")],
        other=[("AB-123-CD", "AB-124-CD")],
        none=["AB 12", "ABC-123"],
    )

    def holds(self, core: str) -> bool:
        return Identifier.holds(self, core)


class Phone(Identifier):
    name = "phone"
    rule = re.compile(r"\+?1?[-.]?\(?\d{3}\)?[-.]\d{3}[-.]\d{4}|\+\d{7,15}")
    spaced = re.compile(
        r"\+\d{1,3}(?:[ .()/-]{1,2}\d{1,8}){1,6}(?!\d)|\((?!1[89]\d\d\)|20\d\d\))\d{2,5}\)[ -]?\d{3,4}(?:[ .-]?\d{2,4}){1,2}(?!\d)|"
        r"1?[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}(?!\d)|0\d{1,4}[ /-]\d{3,4}[ ]?\d{3,6}(?!\d)|\d{3}-\d{4}(?![\d-])"
    )
    goes_on = True
    examples = Examples(
        found={"call +49 30 1234567 today": "49301234567", "call (555) 123-4567 today": "5551234567"},
        same=[("+49 30 1234567", "+49-30-1234567"), ("(555) 123-4567", "555-123-4567")],
        other=[("+49 30 1234567", "+49 30 1234568")],
        none=["in (2021) 300", "30 to 40", "12-34"],
    )

    def find(self, text: str, at: int) -> int | None:
        end = super().find(text, at)
        return end if end and sum(c.isdigit() for c in text[at:end]) >= 7 else None

    def canonical(self, text: str) -> str:
        return re.sub(r"\D", "", text)


IBAN, VAT, PLATE, PHONE = Iban(), Vat(), Plate(), Phone()
