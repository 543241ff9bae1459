"""What a goods file would change, or everything that is wrong in it."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from galleria.commerce.merchandising.rules.sheet import (
    PRODUCT_COLUMNS,
    VARIANT_COLUMNS,
    Row,
    RowProblem,
    Sheet,
    price_minor,
)
from galleria.foundation import catalog
from galleria.kernel.ids import CategoryId

LENGTHS = {
    "name_zh": 120, "name_en": 120, "text_zh": 10_000, "text_en": 10_000, "option_zh": 80, "option_en": 80,
    "barcode": 60, "code": 60, "sku": 60,
}  # fmt: skip
KINDS = {**{k.value: k for k in catalog.Kind}, "实物": catalog.Kind.PHYSICAL, "电子券": catalog.Kind.VOUCHER,
         "服务": catalog.Kind.SERVICE}  # fmt: skip
STATES = {**{s.value: s for s in catalog.ProductState}, "草稿": catalog.ProductState.DRAFT,
          "上架": catalog.ProductState.PUBLISHED, "归档": catalog.ProductState.ARCHIVED}  # fmt: skip
PICTURES_MAX = 12
VARIANTS_MAX = 200

_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
_PICTURE = re.compile(r"^[0-9a-f]{64}\.webp$")
_WHOLE = re.compile(r"^[0-9]{1,9}$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NEEDED = ("kind", "name_zh", "name_en", "category")


class Context(msgspec.Struct, frozen=True):
    """What a file is held against: goods by code, owners of SKUs, categories by code, pictures, promised stock."""

    stored: Mapping[str, catalog.Stored]
    owners: Mapping[str, str]
    categories: Mapping[str, CategoryId]
    pictures: frozenset[str]
    reserved: Mapping[str, int]
    currency: str


class Plan(msgspec.Struct, frozen=True):
    """Products to save, stock to set by SKU, the line each SKU stands on; nothing is done while there are problems."""

    products: list[catalog.ToSave]
    stock: dict[str, int]
    lines: dict[str, int]
    problems: list[RowProblem]


def plan(sheet: Sheet, context: Context) -> Plan:
    """Return what a sheet changes in a shop. A column it lacks changes nothing; every problem is told, by line."""
    draft = _Draft(sheet, context)
    for row in sheet.rows:
        draft.take(row)
    return draft.finished()


class _Group(msgspec.Struct):
    """The lines of one product."""

    first: Row
    rows: list[Row]
    wrong: bool = False


class _Draft:
    """A plan in the making."""

    def __init__(self, sheet: Sheet, context: Context) -> None:
        self.context = context
        self.columns = sheet.columns
        self.problems = list(sheet.problems)
        self.groups: dict[str, _Group] = {}
        self.lines: dict[str, int] = {}
        self.stock: dict[str, int] = {}

    def take(self, row: Row) -> None:
        """Check what a line says by itself and put it to its product."""
        before = len(self.problems)
        self._check_cells(row)
        sku = row.cells.get("sku", "")
        code = row.cells.get("code", "") or self.context.owners.get(sku, "")
        if not code:
            self._wrong(row, "code" if sku else "sku", "code_needed" if sku else "required")
            return
        if sku:
            self._check_sku(row, sku, code)
        elif any(row.cells.get(name) for name in VARIANT_COLUMNS):
            self._wrong(row, "sku", "required")
        group = self.groups.setdefault(code, _Group(row, []))
        group.rows.append(row)
        self._check_same(row, group.first)
        group.wrong = group.wrong or len(self.problems) > before

    def finished(self) -> Plan:
        """Return the plan."""
        products: list[catalog.ToSave] = []
        for code, group in self.groups.items():
            made = self._product(code, group)
            if made is not None:
                products.append(made)
        problems = sorted(self.problems, key=lambda p: p.line)
        return Plan(products, self.stock, self.lines, problems)

    def _product(self, code: str, group: _Group) -> catalog.ToSave | None:
        """Return the product as its lines make it, None when they are wrong or change nothing."""
        before = len(self.problems)
        stored = self.context.stored.get(code)
        values = self._product_values(group.first, stored)
        variants = [self._variant(row, stored) for row in group.rows if row.cells.get("sku")]
        if group.wrong or len(self.problems) > before:
            return None
        merged = _merged(stored, [v for v in variants if v is not None])
        if len(merged) > VARIANTS_MAX:
            self._wrong(group.first, "sku", "too_many_variants", most=VARIANTS_MAX)
            return None
        state = values.pop("state")
        product = catalog.ProductInput(code=code, variants=merged, **values)
        self._check_fit(product, state, group)
        unchanged = stored is not None and stored.state == state and catalog.as_input(stored) == product
        return None if unchanged else catalog.ToSave(product, state)

    def _product_values(self, row: Row, stored: catalog.Stored | None) -> dict[str, Any]:
        """Return the product's own fields: of the line where the file has the column, else as they are."""
        cells = row.cells
        for name in _NEEDED:
            if (stored is None or name in self.columns) and not cells.get(name, ""):
                self._wrong(row, name, "required")
        values: dict[str, Any] = {
            "kind": KINDS.get(cells.get("kind", "").lower()) or (stored.kind if stored else catalog.Kind.PHYSICAL),
            "category_id": self.context.categories.get(cells.get("category", ""))
            or (stored.category_id if stored else None),
            "state": STATES.get(cells.get("state", "").lower())
            or (stored.state if stored else catalog.ProductState.DRAFT),
            "weight": stored.weight if stored else 0,
        }
        for name in ("name_zh", "name_en", "text_zh", "text_en"):
            values[name] = cells.get(name, "") if name in self.columns or stored is None else getattr(stored, name)
        days = cells.get("valid_days", "")
        absent = stored.valid_days if stored and "valid_days" not in self.columns else None
        values["valid_days"] = int(days) if _WHOLE.match(days) else absent
        kept = stored.pictures if stored and "pictures" not in self.columns else []
        values["pictures"] = _pictures(cells.get("pictures", "")) or kept
        return values

    def _variant(self, row: Row, stored: catalog.Stored | None) -> catalog.VariantInput | None:
        sku, cells = row.cells["sku"], row.cells
        old = next((v for v in stored.variants if v.sku == sku), None) if stored else None
        if "price" in self.columns or old is None:
            price = price_minor(_narrow(cells.get("price", "")), self.context.currency)
            if price is None:
                self._wrong(row, "price", "price")
        else:
            price = old.store_price_minor
        stock = _narrow(cells.get("stock", ""))
        if stock and not _WHOLE.match(stock):
            self._wrong(row, "stock", "stock_number")
        elif stock:
            self._count(row, sku, int(stock))
        if price is None:
            return None
        return catalog.VariantInput(
            sku=sku,
            price_minor=price,
            barcode=(cells.get("barcode") or None) if "barcode" in self.columns or old is None else old.barcode,
            name_zh=cells.get("option_zh", "") if "option_zh" in self.columns or old is None else old.name_zh,
            name_en=cells.get("option_en", "") if "option_en" in self.columns or old is None else old.name_en,
        )

    def _count(self, row: Row, sku: str, on_hand: int) -> None:
        promised = self.context.reserved.get(sku, 0)
        if on_hand < promised:
            self._wrong(row, "stock", "stock_promised", reserved=promised)
        else:
            self.stock[sku] = on_hand

    def _check_cells(self, row: Row) -> None:
        for name, cell in row.cells.items():
            if _CONTROL.search(cell):
                self._wrong(row, name, "characters")
            elif len(cell) > LENGTHS.get(name, 10_000):
                self._wrong(row, name, "too_long", most=LENGTHS.get(name, 10_000))
            elif cell and (wrong := self._cell_problem(name, cell)):
                self._wrong(row, name, wrong, value=cell[:60])

    def _cell_problem(self, name: str, cell: str) -> str | None:
        """Return the message for a cell that says something we do not know."""
        if name in {"code", "sku"}:
            return None if _CODE.match(cell) else "code_form"
        if name == "kind":
            return None if cell.lower() in KINDS else "kind_unknown"
        if name == "state":
            return None if cell.lower() in STATES else "state_unknown"
        if name == "category":
            return None if cell in self.context.categories else "category_unknown"
        if name == "valid_days":
            return None if _WHOLE.match(cell) and 1 <= int(cell) <= 3650 else "days"
        if name == "pictures":
            names = _pictures(cell)
            known = len(names) <= PICTURES_MAX and all(n in self.context.pictures for n in names)
            return None if known else "picture_unknown"
        return None

    def _check_sku(self, row: Row, sku: str, code: str) -> None:
        if sku in self.lines:
            self._wrong(row, "sku", "sku_twice", first=self.lines[sku])
        self.lines.setdefault(sku, row.line)
        owner = self.context.owners.get(sku, code)
        if owner != code:
            self._wrong(row, "sku", "sku_elsewhere", product=owner)

    def _check_same(self, row: Row, first: Row) -> None:
        """Hold a product's later lines to its first: what they repeat must be the same."""
        for name in PRODUCT_COLUMNS:
            cell = row.cells.get(name, "")
            if name != "code" and cell and cell != first.cells.get(name, ""):
                self._wrong(row, name, "differs", first=first.line)

    def _check_fit(self, product: catalog.ProductInput, state: catalog.ProductState, group: _Group) -> None:
        if state is not catalog.ProductState.PUBLISHED:
            return
        wrong = catalog.missing_for_sale(
            kind=product.kind,
            text_zh=product.text_zh,
            text_en=product.text_en,
            valid_days=product.valid_days,
            variants=product.variants,
        )
        for error in wrong:
            self._told_unfit(error.field, error.code, product, group)

    def _told_unfit(self, field: str, code: str, product: catalog.ProductInput, group: _Group) -> None:
        line, column = group.first.line, "sku" if field == "variants" else field
        if field.startswith("variants["):
            index = int(field[len("variants[") : field.index("]")])
            line = self.lines.get(product.variants[index].sku, line)
            column = "option_zh" if field.endswith("zh") else "option_en"
        self.problems.append(RowProblem(line, column, code))

    def _wrong(self, row: Row, field: str, code: str, **params: str | int) -> None:
        self.problems.append(RowProblem(row.line, field, code, params))


def _merged(stored: catalog.Stored | None, variants: list[catalog.VariantInput]) -> list[catalog.VariantInput]:
    """Return a product's variants after the file: those it had in their places, changed where named, then new ones."""
    named = {v.sku: v for v in variants}
    kept = catalog.as_input(stored).variants if stored else []
    known = {v.sku for v in kept}
    return [*(named.get(v.sku, v) for v in kept), *(v for v in variants if v.sku not in known)]


def _pictures(cell: str) -> list[str]:
    return [name for part in cell.split("|") if (name := part.strip())]


def picture_names(sheet: Sheet) -> list[str]:
    """Return the well-formed picture names a sheet speaks of."""
    names = {name for row in sheet.rows for name in _pictures(row.cells.get("pictures", ""))}
    return sorted(name for name in names if _PICTURE.match(name))


def _narrow(cell: str) -> str:
    """Return a number as typed on any keyboard, without blanks and currency signs."""
    return unicodedata.normalize("NFKC", cell).strip().lstrip("¥$€ ")
