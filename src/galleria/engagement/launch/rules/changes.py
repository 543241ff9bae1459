"""What changed between two versions, field by field."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from galleria.engagement.launch.model import FieldChange, StaffPerson, SubjectKind, VersionChange
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MerchantId
from galleria.value import coupons, offers, pricing


def differences(before: Any, after: Any) -> list[FieldChange]:
    """Return the fields in which two versions differ, by path such as `benefit.price_minor`; lists are told whole."""
    return list(_walk("", before, after))


def _walk(path: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if isinstance(before, dict) and isinstance(after, dict) and before.get("kind") == after.get("kind"):
        for name in dict.fromkeys((*before, *after)):
            yield from _walk(f"{path}.{name}" if path else name, before.get(name), after.get(name))
    elif before != after:
        yield FieldChange(path, before, after)


def builtins(terms: msgspec.Struct | None) -> dict[str, Any] | None:
    """Return terms as JSON knows them."""
    if terms is None:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(terms)
    return plain


def change_id(kind: SubjectKind, subject_id: UUID, version: int) -> str:
    """Return how a change is called: `offer.<id>.<version>`."""
    return f"{kind.value}.{subject_id}.{version}"


def parse_change_id(text: str) -> tuple[SubjectKind, UUID, int]:
    """Return what a change's name says; raises NotFound for one that names none."""
    kind, _, rest = text.partition(".")
    subject, _, version = rest.partition(".")
    try:
        return SubjectKind(kind), UUID(subject), int(version)
    except ValueError as error:
        raise NotFound from error


class VersionOf(msgspec.Struct, frozen=True, kw_only=True):
    """One version of something that can be launched, whatever its kind, with the terms before it."""

    kind: SubjectKind
    subject_id: UUID
    merchant_id: MerchantId | None
    version: int
    newest: bool
    title_zh: str
    title_en: str
    made_by: UUID | None
    at: datetime
    restored_from: int | None
    approved_at: datetime | None
    terms: msgspec.Struct
    before: msgspec.Struct | None

    @property
    def place(self) -> tuple[datetime, UUID, int]:
        """Return where it stands among all changes."""
        return (self.at, self.subject_id, self.version)


def of_offer(row: offers.VersionRow) -> VersionOf:
    """Return a version of an offer."""
    return VersionOf(
        kind=SubjectKind.OFFER,
        subject_id=row.offer_id,
        merchant_id=row.merchant_id,
        version=row.version,
        newest=row.newest,
        title_zh=row.terms.title_zh,
        title_en=row.terms.title_en,
        made_by=row.made_by,
        at=row.at,
        restored_from=row.restored_from,
        approved_at=row.approved_at,
        terms=row.terms,
        before=row.before,
    )


def of_coupon(row: coupons.VersionRow) -> VersionOf:
    """Return a version of a coupon."""
    return VersionOf(
        kind=SubjectKind.COUPON,
        subject_id=row.coupon_id,
        merchant_id=row.merchant_id,
        version=row.version,
        newest=row.newest,
        title_zh=row.terms.title_zh,
        title_en=row.terms.title_en,
        made_by=row.made_by,
        at=row.at,
        restored_from=None,
        approved_at=None,
        terms=row.terms,
        before=row.before,
    )


def of_rule(row: pricing.VersionRow) -> VersionOf:
    """Return a version of a price rule."""
    return VersionOf(
        kind=SubjectKind.PRICE_RULE,
        subject_id=row.rule_id,
        merchant_id=row.merchant_id,
        version=row.version,
        newest=row.newest,
        title_zh=row.terms.title_zh,
        title_en=row.terms.title_en,
        made_by=row.made_by,
        at=row.at,
        restored_from=None,
        approved_at=row.approved_at,
        terms=row.terms,
        before=row.before,
    )


def as_change(row: VersionOf, made_by: StaffPerson) -> VersionChange:
    """Return a version as the log shows it."""
    before, after = builtins(row.before), builtins(row.terms) or {}
    return VersionChange(
        id=change_id(row.kind, row.subject_id, row.version),
        subject_kind=row.kind,
        subject_id=row.subject_id,
        merchant_id=row.merchant_id,
        version=row.version,
        title_zh=row.title_zh,
        title_en=row.title_en,
        made_by=made_by,
        at=row.at,
        restored_from=row.restored_from,
        approved_at=row.approved_at,
        before=before,
        after=after,
        fields=[] if before is None else differences(before, after),
        newest=row.newest,
        undoable=row.newest and before is not None,
    )
