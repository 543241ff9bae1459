"""Goods files: a shop's goods imported and exported by CSV, as docs/reference/goods-csv.md describes.

A file is applied whole, in one transaction, or not at all; every problem in it is told by line and column in both
languages. One file at a time is applied to a shop, by an advisory lock. An export imported again changes nothing.

Emits `merchandising.progress` to the shop's screens. Hears nothing.
"""

from galleria.commerce.merchandising.jobs import run
from galleria.commerce.merchandising.model import FileProblem, Transfer, TransferKind, TransferState
from galleria.commerce.merchandising.operations import FileRefused, start
from galleria.commerce.merchandising.queries import get_transfer, list_problems, list_transfers, result_file

__all__ = [
    "FileProblem",
    "FileRefused",
    "Transfer",
    "TransferKind",
    "TransferState",
    "get_transfer",
    "list_problems",
    "list_transfers",
    "result_file",
    "run",
    "start",
]
