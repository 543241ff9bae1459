"""The number on a bag's label: ten digits and two that check them."""

import re

from galleria.kernel.errors import Invalid

LABEL_PREFIX = "BAG:"
NUMBERS = 10**10

_LABEL = re.compile(r"^[0-9]{12}$")


def label_code(number: int) -> str:
    """Return the label's twelve digits for a number below 10^10: ISO 7064 MOD 97-10, as IBANs are checked.

    Every single wrong digit and every swap of two neighbours is found.
    """
    body = f"{number:010d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"


def label_valid(code: str) -> bool:
    """Return whether twelve digits check."""
    return _LABEL.match(code) is not None and int(code) % 97 == 1


def read_label(text: str) -> str:
    """Return the digits of what was scanned or typed; raises Invalid for anything else, and for a typing error.

    `BAG:` in front, spaces and hyphens between are as people and scanners give them.
    """
    compact = re.sub(r"[\s-]", "", text).upper().removeprefix(LABEL_PREFIX)
    if not compact.isascii() or not label_valid(compact):
        raise Invalid.field("label", "bag_label")
    return compact
