"""Goods files, purely: bytes to lines, lines to a plan of changes with everything that is wrong, goods to bytes."""

from galleria.commerce.merchandising.rules.plan import Context, Plan, picture_names, plan
from galleria.commerce.merchandising.rules.sheet import (
    COLUMNS,
    VARIANT_COLUMNS,
    Row,
    RowProblem,
    Sheet,
    price_minor,
    price_text,
    read,
    write,
)

__all__ = [
    "COLUMNS",
    "VARIANT_COLUMNS",
    "Context",
    "Plan",
    "Row",
    "RowProblem",
    "Sheet",
    "picture_names",
    "plan",
    "price_minor",
    "price_text",
    "read",
    "write",
]
