"""Files of costs and of competitors' prices: read, checked line by line, taken whole or refused whole."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from galleria.kernel import sheets
from galleria.kernel.errors import FieldError
from galleria.kernel.ids import VariantId
from galleria.kernel.sheets import Row, RowProblem, Sheet
from galleria.value.pricing.model import CompetitorInput, CostInput, PriceFileRefused

COSTS = sheets.Form(
    columns=("sku", "cost", "floor"),
    headings={"成本": "cost", "成本价": "cost", "底价": "floor", "最低价": "floor"},
    needed=("sku",),
    rows_max=20_000,
)
COMPETITORS = sheets.Form(
    columns=("sku", "source", "price", "seen_at"),
    headings={"来源": "source", "竞品": "source", "价格": "price", "日期": "seen_at"},
    needed=("sku", "source", "price"),
    rows_max=20_000,
)
SOURCE_MAX = 80
PROBLEMS_TOLD = 200


def read(content: bytes, form: sheets.Form) -> Sheet:
    """Return the lines of a file; raises PriceFileRefused when its form is wrong."""
    sheet = sheets.read(content, form)
    _require_none(sheet.problems)
    return sheet


def costs(sheet: Sheet, variants: Mapping[str, VariantId], currency: str) -> list[CostInput]:
    """Return the costs of a file, `variants` being the shop's by SKU; raises PriceFileRefused with all problems.

    An empty cell takes away what was entered before.
    """
    check = _Check(variants, currency)
    items = [
        CostInput(
            variant_id=variant_id,
            cost_minor=check.amount(row, "cost", free=True),
            floor_minor=check.amount(row, "floor"),
        )
        for row in sheet.rows
        if (variant_id := check.variant(row, once=True))
    ]
    _require_none(check.problems)
    return items


def competitors(sheet: Sheet, variants: Mapping[str, VariantId], currency: str, now: datetime) -> list[CompetitorInput]:
    """Return competitors' prices of a file, seen now unless it says when; raises PriceFileRefused with all problems."""
    check = _Check(variants, currency)
    items: list[CompetitorInput] = []
    first: dict[tuple[VariantId, str, datetime], int] = {}
    for row in sheet.rows:
        variant_id, source = check.variant(row), check.source(row)
        price, seen_at = check.amount(row, "price", needed=True), check.moment(row, now)
        if variant_id is None or source is None or price is None or seen_at is None:
            continue
        key = (variant_id, source, seen_at)
        if key in first:
            check.wrong(row, "sku", "sku_twice", first=first[key])
        first.setdefault(key, row.line)
        items.append(CompetitorInput(variant_id=variant_id, source=source, price_minor=price, seen_at=seen_at))
    _require_none(check.problems)
    return items


class _Check:
    """Cells made values, with everything that is wrong in them."""

    def __init__(self, variants: Mapping[str, VariantId], currency: str) -> None:
        self.variants = variants
        self.currency = currency
        self.problems: list[RowProblem] = []
        self._lines: dict[str, int] = {}

    def wrong(self, row: Row, field: str, code: str, **params: str | int) -> None:
        """Note a problem."""
        self.problems.append(RowProblem(row.line, field, code, params))

    def variant(self, row: Row, *, once: bool = False) -> VariantId | None:
        """Return the variant a line is about."""
        sku = row.cells.get("sku", "")
        if not sku:
            self.wrong(row, "sku", "required")
            return None
        if once and sku in self._lines:
            self.wrong(row, "sku", "sku_twice", first=self._lines[sku])
            return None
        self._lines.setdefault(sku, row.line)
        found = self.variants.get(sku)
        if found is None:
            self.wrong(row, "sku", "price_sku_unknown", value=sku[:60])
        return found

    def amount(self, row: Row, field: str, *, needed: bool = False, free: bool = False) -> int | None:
        """Return an amount of money; `free` lets it be nothing at all."""
        cell = row.cells.get(field, "")
        if not cell:
            if needed:
                self.wrong(row, field, "required")
            return None
        if free and not cell.strip("0."):
            return 0
        found = sheets.price_minor(cell, self.currency)
        if found is None:
            self.wrong(row, field, "price")
        return found

    def source(self, row: Row) -> str | None:
        """Return who asks the price."""
        cell = row.cells.get("source", "")
        if not cell:
            self.wrong(row, "source", "required")
        elif len(cell) > SOURCE_MAX:
            self.wrong(row, "source", "too_long", most=SOURCE_MAX)
        elif "\x00" in cell:
            self.wrong(row, "source", "characters")
        else:
            return cell
        return None

    def moment(self, row: Row, now: datetime) -> datetime | None:
        """Return when a price was seen: a date or a moment (ISO 8601, UTC unless it says otherwise), not to come."""
        cell = row.cells.get("seen_at", "")
        if not cell:
            return now
        try:
            seen = datetime.fromisoformat(cell)
        except ValueError:
            self.wrong(row, "seen_at", "price_seen_at")
            return None
        seen = seen if seen.tzinfo else seen.replace(tzinfo=UTC)
        if seen > now:
            self.wrong(row, "seen_at", "price_seen_in_future")
            return None
        return seen


def _require_none(problems: Sequence[RowProblem]) -> None:
    if problems:
        shown = sorted(problems, key=lambda p: p.line)[:PROBLEMS_TOLD]
        errors = tuple(
            FieldError(f"line {p.line}: {p.field}" if p.field else f"line {p.line}", p.code, p.params) for p in shown
        )
        raise PriceFileRefused(errors=errors, problems=len(problems))
