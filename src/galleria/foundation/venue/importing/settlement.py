"""Comparing drafts with what is there: what is new, what changes, what does not hold together. Pure."""

from typing import Any

import msgspec

from galleria.foundation.venue.importing.draft import (
    SHAPES,
    Draft,
    Drafts,
    Key,
    Kind,
    Problems,
)
from galleria.foundation.venue.model import Counts, Difference
from galleria.kernel.errors import FieldError

TOLD_MAX = 200


class Present(msgspec.Struct, frozen=True):
    """What is there: each thing's fields by kind and key, references as codes; mall codes of other groups."""

    rows: dict[Kind, dict[Key, dict[str, Any]]]
    foreign: set[str]


class Settled(msgspec.Struct, frozen=True):
    """A thing as it shall be; `fields` are those that differ from what is there."""

    kind: Kind
    key: Key
    values: dict[str, Any]
    created: bool
    fields: list[str]


class Settlement(msgspec.Struct, frozen=True):
    """Everything as it shall be, parents before children, and every error."""

    things: list[Settled]
    errors: list[FieldError]

    def to_write(self, kind: Kind) -> list[Settled]:
        """Return what of a kind must be written."""
        return [t for t in self.things if t.kind is kind and (t.created or t.fields)]

    def counts(self) -> dict[str, Counts]:
        """Return how many of each kind are created, changed and left as they are."""
        told: dict[str, Counts] = {}
        for kind in Kind:
            mine = [t for t in self.things if t.kind is kind]
            created = sum(t.created for t in mine)
            changed = sum(bool(t.fields) and not t.created for t in mine)
            told[kind.value] = Counts(created, changed, len(mine) - created - changed)
        return told

    def differences(self) -> list[Difference]:
        """Return the first differences one by one."""
        return [
            Difference(
                t.kind.value, t.key[-1], t.values.get("name_zh", ""), t.values.get("name_en", ""), t.created, t.fields
            )
            for t in self.things
            if t.created or t.fields
        ][:TOLD_MAX]


def settle(drafts: Drafts, present: Present) -> Settlement:
    """Return what an import comes to against what is there; nothing may be written when it has errors."""
    problems = Problems()
    problems.errors.extend(drafts.problems.errors)
    settled = {
        kind: {key: _settle_one(drafts, present, problems, draft) for key, draft in found.items()}
        for kind, found in drafts.found.items()
    }
    for code in present.foreign:
        draft = drafts.found[Kind.MALL].get((code,))
        if draft is not None:
            problems.add(draft.place, "code", "taken")
    _require_tree(drafts, present, settled[Kind.CATEGORY], problems)
    _drop_unused(drafts, settled)
    things = [thing for kind in Kind for thing in settled[kind].values()]
    return Settlement(things, problems.errors)


def _settle_one(drafts: Drafts, present: Present, problems: Problems, draft: Draft) -> Settled:
    shape, known = SHAPES[draft.kind], present.rows[draft.kind].get(draft.key)
    if known is None:
        values = {**shape.defaults, **draft.defaults, **draft.values}
        for name in shape.required:
            if name not in values:
                problems.add(draft.place, name, "required")
    else:
        values = {**known, **draft.values}
        if draft.kind is Kind.MALL and values["currency"] != known["currency"]:
            problems.add(draft.place, "currency", "import_currency_fixed", currency=known["currency"])
    if draft.kind is Kind.SHOP:
        values = _categorised(drafts, present, draft.key[0], values)
    _require_references(drafts, present, problems, draft, values)
    if draft.kind is Kind.UNIT and values.get("unit_kind") == "facility" and values.get("shop") is not None:
        problems.add(draft.place, "shop", "import_facility_shop")
    fields = [] if known is None else [name for name, value in values.items() if known.get(name) != value]
    return Settled(draft.kind, draft.key, values, known is None, fields)


def _categorised(drafts: Drafts, present: Present, mall: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return a shop's fields with the most specific of the categories its map names that the mall knows."""
    told = values.get("categories", [])
    known = [c for c in told if (mall, c) in present.rows[Kind.CATEGORY] or (mall, c) in drafts.found[Kind.CATEGORY]]
    kept = {name: value for name, value in values.items() if name != "categories"}
    return {**kept, "category": known[-1]} if known and kept.get("category") == "unsorted" else kept


def _require_references(
    drafts: Drafts, present: Present, problems: Problems, draft: Draft, values: dict[str, Any]
) -> None:
    whole = {**dict(zip(SHAPES[draft.kind].key, draft.key, strict=True)), **values}
    for name, kind in SHAPES[draft.kind].refers.items():
        code = whole.get(name)
        if code is None:
            continue
        key = reference(kind, whole, code)
        if key not in present.rows[kind] and key not in drafts.found[kind] and (kind, key) not in drafts.mentioned:
            problems.add(draft.place, name, "import_reference", kind=kind.value, code=code)


def reference(kind: Kind, whole: dict[str, Any], code: str) -> Key:
    """Return the key of the thing that a code in a row refers to."""
    if kind in {Kind.MALL, Kind.MERCHANT}:
        return (code,)
    if kind is Kind.FLOOR:
        return (whole["mall"], whole["building"], code)
    return (whole["mall"], code)


def _require_tree(drafts: Drafts, present: Present, settled: dict[Key, Settled], problems: Problems) -> None:
    """Note every category that would be above itself."""
    parents = {key: row.get("parent") for key, row in present.rows[Kind.CATEGORY].items()}
    parents |= {key: thing.values.get("parent") for key, thing in settled.items()}
    for key in settled:
        seen, code = {key[1]}, parents.get(key)
        while code is not None and code not in seen:
            seen.add(code)
            code = parents.get((key[0], code))
        if code == key[1]:
            problems.add(drafts.found[Kind.CATEGORY][key].place, "parent", "import_category_cycle")


def _drop_unused(drafts: Drafts, settled: dict[Kind, dict[Key, Settled]]) -> None:
    """Forget merchants and categories that maps merely imply and no shop needs."""
    shops = settled[Kind.SHOP].items()
    used: set[tuple[Kind, tuple[str | None, ...]]] = {(Kind.MERCHANT, (s.values.get("merchant"),)) for _, s in shops}
    used |= {(Kind.CATEGORY, (key[0], shop.values.get("category"))) for key, shop in shops}
    for kind in (Kind.MERCHANT, Kind.CATEGORY):
        for key, draft in drafts.found[kind].items():
            implied = draft.rank == 0 and not draft.values
            if implied and (kind, key) not in used:
                del settled[kind][key]
