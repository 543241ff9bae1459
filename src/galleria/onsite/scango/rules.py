"""Barcodes, prices of weighed goods, whose bag is looked at, and what differs in it. Pure; the clock comes in."""

import hmac
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.commerce import redemption
from galleria.kernel.errors import FieldError, Invalid
from galleria.kernel.ids import VariantId
from galleria.onsite.scango.model import Item, LabelFormat, LabelMeasure, Terms, TermsInput

EXIT_PREFIX = "GAX:"
STALE_STEPS = 20
"""For ten minutes a past code is told apart from a wrong one."""
WHOLE_BP = 10_000

_EXIT = re.compile(r"^([0-9]{8})([0-9]{4})$")
_TWO_MINUS = (0, 2, 4, 6, 8, 9, 1, 3, 5, 7)
_THREE = (0, 3, 6, 9, 2, 5, 8, 1, 4, 7)
_FIVE_PLUS = (0, 5, 1, 6, 2, 7, 3, 8, 4, 9)
_FIVE_MINUS = (0, 5, 9, 4, 8, 3, 7, 2, 6, 1)
"""Weighted products of each digit (GS1 General Specifications, section 7.9.3, weighting factors 2-, 3, 5+ and 5-)."""


class Read(msgspec.Struct, frozen=True):
    """A barcode read: the key a shop knows it by, and what a scale's label says besides."""

    key: str
    label_minor: int | None = None
    weight_g: int | None = None

    @property
    def measured(self) -> bool:
        """Return whether this is one weighed piece rather than so many of a good."""
        return self.label_minor is not None or self.weight_g is not None


def check_digit(digits: str) -> int:
    """Return the check digit that a GTIN without one needs: weights 3, 1, 3 ... from the right.

    GS1 General Specifications, section 7.9.1.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def verifier_digit(digits: str) -> int:
    """Return the price or weight verifier of four or five digits (GS1 General Specifications, section 7.9.3).

    Four digits weigh 2-, 2-, 3, 5-, and the sum times 3 ends in it; five weigh 5+, 2-, 5-, 5+, 2-, and it is the digit
    whose own product with 5- makes the sum whole tens.
    """
    numbers = [int(digit) for digit in digits]
    if len(numbers) == 4:
        weighed = (_TWO_MINUS, _TWO_MINUS, _THREE, _FIVE_MINUS)
        return sum(table[number] for table, number in zip(weighed, numbers, strict=True)) * 3 % 10
    of_five = (_FIVE_PLUS, _TWO_MINUS, _FIVE_MINUS, _FIVE_PLUS, _TWO_MINUS)
    total = sum(table[number] for table, number in zip(of_five, numbers, strict=True))
    return _FIVE_MINUS.index(-total % 10)


def gtin(code: str) -> str:
    """Return a GTIN-8, -12, -13 or -14, or a UPC-E, filled to 14 digits; raises Invalid naming `code`."""
    digits = re.sub(r"[\s-]", "", code)
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in {8, 12, 13, 14}:
        raise Invalid.field("code", "barcode_digits")
    for candidate in (digits, _upc_a(digits)):
        if candidate is not None and check_digit(candidate[:-1]) == int(candidate[-1]):
            return candidate.zfill(14)
    raise Invalid.field("code", "barcode_check_digit")


def _upc_a(digits: str) -> str | None:
    """Return the UPC-A that eight digits shorten as UPC-E (GS1 General Specifications, section 5.2.2.4.2)."""
    if len(digits) != 8 or digits[0] not in "01":
        return None
    system, body, check = digits[0], digits[1:7], digits[7]
    last = body[5]
    if last in "012":
        middle = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        middle = body[:3] + "00000" + body[3:5]
    elif last == "4":
        middle = body[:4] + "00000" + body[4]
    else:
        middle = body[:5] + "0000" + last
    return system + middle + check


def read(code: str, formats: Sequence[LabelFormat]) -> Read:
    """Return what a scanned or typed barcode says in a shop with these labels; raises Invalid naming `code`.

    A GTIN-13 that begins with 20 to 29 is the shop's own (restricted circulation, GS1 General Specifications, section
    2.1.11): a label of a scale when the shop prints such ones, else a number like any other.
    """
    full = gtin(code)
    label = next((one for one in formats if full[0] == "0" and full[1:3] == one.prefix), None)
    return Read(full) if label is None else _label(full[1:], label)


def _label(digits: str, form: LabelFormat) -> Read:
    item, rest = digits[2 : 2 + form.item_digits], digits[2 + form.item_digits : 12]
    value = rest[1:] if form.verifier else rest
    if form.verifier and verifier_digit(value) != int(rest[0]):
        raise Invalid.field("code", "barcode_verifier")
    if int(value) == 0:
        raise Invalid.field("code", "barcode_value")
    key = f"{form.prefix}/{item}"
    return Read(key, label_minor=int(value)) if form.measure is LabelMeasure.PRICE else Read(key, weight_g=int(value))


def barcode_key(code: str, formats: Sequence[LabelFormat]) -> str:
    """Return the key under which a shop keeps a barcode: of a whole label, of `21/12345`, or of a GTIN."""
    item = re.fullmatch(r"(2[0-9])/([0-9]{4,6})", code.strip())
    if item is None:
        return read(code, formats).key
    if not any(one.prefix == item[1] and one.item_digits == len(item[2]) for one in formats):
        raise Invalid.field("code", "barcode_no_format")
    return code.strip()


def require_formats(terms: TermsInput) -> None:
    """Raise Invalid unless each prefix is given once and its parts fill the ten digits of a label."""
    errors = []
    for place, one in enumerate(terms.formats):
        path = f"formats[{place}]"
        if one.item_digits + one.value_digits + one.verifier != 10:
            errors.append(FieldError(f"{path}.value_digits", "label_ten_digits"))
        if one.verifier and one.value_digits > 5:
            errors.append(FieldError(f"{path}.verifier", "label_verifier"))
        if one.prefix in {other.prefix for other in terms.formats[:place]}:
            errors.append(FieldError(f"{path}.prefix", "label_prefix_twice"))
    if errors:
        raise Invalid(errors=tuple(errors))


def unit_price(item: Item, price_minor: int) -> int:
    """Return what one piece costs before offers: by its label, by weight (price a kilogram), or the good's price."""
    if item.label_minor is not None:
        return item.label_minor
    if item.weight_g is not None:
        return max(1, (price_minor * item.weight_g + 500) // 1000)
    return price_minor


def needed_age(items: Sequence[Item]) -> int:
    """Return the age a shopper must have for a basket; 0 when anyone may have it."""
    return max((item.min_age or 0 for item in items), default=0)


def draw(key: bytes, session_id: UUID) -> int:
    """Return a session's lot, 0 to 9,999: it cannot be guessed, and cannot be drawn again."""
    return int.from_bytes(hmac.digest(key, session_id.bytes, "sha256")[:8], "big") % WHOLE_BP


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a paid basket: its lot, and what makes staff look."""

    lot: int
    removed: int
    paid_minor: int
    left_before: int


def reasons_to_check(terms: Terms, basket: Basket) -> list[str]:
    """Return why a bag is looked at: `removed`, `value`, `newcomer` or `random`; empty when it is not."""
    found = []
    if basket.removed >= terms.removed_pieces:
        found.append("removed")
    if terms.value_minor is not None and basket.paid_minor >= terms.value_minor:
        found.append("value")
    if basket.left_before == 0 and basket.lot < terms.newcomer_bp:
        found.append("newcomer")
    elif basket.lot < terms.check_bp:
        found.append("random")
    return found


def to_scan(terms: Terms, pieces: int) -> int:
    """Return how many pieces of a bag a check scans: as many as the shop wants, and no more than there are."""
    return min(terms.rescan_pieces, pieces)


def differences(
    paid: Mapping[VariantId, int], found: Mapping[VariantId, int], *, everything: bool
) -> dict[VariantId, tuple[int, int]]:
    """Return (found, paid) of each good of which the bag holds more than was paid, or, all scanned, fewer."""
    wrong = {}
    for variant_id in sorted({*paid, *found}):
        there, due = found.get(variant_id, 0), paid.get(variant_id, 0)
        if there > due or (everything and there < due):
            wrong[variant_id] = (there, due)
    return wrong


def tally(pairs: Sequence[tuple[VariantId, int]]) -> dict[VariantId, int]:
    """Return pieces by good."""
    total: Counter[VariantId] = Counter()
    for variant_id, quantity in pairs:
        total[variant_id] += quantity
    return dict(total)


def split_exit(code: str) -> tuple[str, str]:
    """Return serial and changing digits of an exit code; raises Invalid for anything else."""
    compact = re.sub(r"[\s-]", "", code).upper().removeprefix(EXIT_PREFIX)
    found = _EXIT.match(compact) if compact.isascii() else None
    if found is None:
        raise Invalid.field("code", "exit_code")
    return found[1], found[2]


def age_of_code(secret: bytes, digits: str, now: datetime) -> int | None:
    """Return how many half minutes ago an exit code was shown, 0 for now; None when it never was.

    Every step is compared, so the time taken tells nothing.
    """
    step = redemption.step_at(now)
    hits = [
        away
        for away in range(-1, STALE_STEPS + 1)
        if hmac.compare_digest(redemption.rotating(secret, step - away), digits)
    ]
    return max(0, min(hits)) if hits else None
