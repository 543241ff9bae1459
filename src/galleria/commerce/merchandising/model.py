"""Goods files on their way in and out, and what is wrong in them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, ShopId, StaffId


class TransferKind(StrEnum):
    """Which way the goods file goes."""

    GOODS_IMPORT = "goods_import"
    GOODS_EXPORT = "goods_export"


class TransferState(StrEnum):
    """A transfer waits, runs, and ends well or with problems; a failed one has changed nothing."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class FileProblem(msgspec.Struct, frozen=True):
    """One thing wrong in a file: the line (the heading is line 1; 0 is the whole file), the column, what to do."""

    file: str
    line: int
    field: str
    code: str
    message_zh: str
    message_en: str


class Transfer(msgspec.Struct, frozen=True):
    """An import or export of a shop's goods: progress in lines, and the first 200 problems."""

    id: UUID
    mall_id: MallId
    kind: TransferKind
    shop_id: ShopId
    staff_id: StaffId
    state: TransferState
    file_name: str
    has_file: bool
    rows_total: int
    rows_done: int
    created_products: int
    changed_products: int
    problems_total: int
    problems: list[FileProblem]
    created_at: datetime
    ended_at: datetime | None


class Work(msgspec.Struct, frozen=True):
    """What the worker needs to know of a transfer."""

    id: UUID
    mall_id: MallId
    kind: TransferKind
    shop_id: ShopId
    staff_id: StaffId
    state: TransferState
    file_name: str
    source_file: str | None


class ImportDone(msgspec.Struct, frozen=True):
    """What an import has changed."""

    rows: int
    created_products: int
    changed_products: int
