"""A day's bill of WeChat Pay: CSV, each value with a grave accent before it, totals in the last two lines. Pure."""

import csv
import gzip
import hashlib
import io
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from galleria.adapters.payments_wechat.model import BEIJING, Bill
from galleria.kernel.ids import MallId
from galleria.value.payments import LineKind, ProviderUnavailable, StatementLine

TOTALS = "总交易单数"


def read(bill: Bill, packed: bytes) -> list[StatementLine]:
    """Return the lines of a downloaded bill; raises ProviderUnavailable when it is not the file that was announced."""
    try:
        raw = gzip.decompress(packed)
    except OSError as error:
        raise ProviderUnavailable("the bill cannot be unpacked") from error
    if bill.hash_type == "SHA1" and hashlib.sha1(raw, usedforsecurity=False).hexdigest() != bill.hash_value.lower():
        raise ProviderUnavailable("the bill is not the file that was announced")
    rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    names = [name.strip() for name in next(rows, [])]
    lines: list[StatementLine] = []
    for row in rows:
        if not row or row[0].strip() == TOTALS:
            break
        lines.append(_line({n: value.strip().lstrip("`") for n, value in zip(names, row, strict=False)}))
    return lines


def _line(row: dict[str, str]) -> StatementLine:
    refunded = row["交易状态"] in {"REFUND", "REVOKED"} and row.get("商户退款单号", "0") not in {"", "0"}
    number = row["商户退款单号"] if refunded else row["商户订单号"]
    return StatementLine(
        kind=LineKind.REFUND if refunded else LineKind.PAYMENT,
        mall_id=_mall(number[:32] if refunded else row["商户数据包"]),
        number=_number(number[32:] if refunded else number),
        reference=row["微信退款单号"] if refunded else row["微信订单号"],
        amount_minor=_fen(row["申请退款金额"] if refunded else row["订单金额"]),
        currency=row["货币种类"],
        fee_minor=_fen(row["手续费"]),
        at=datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING),
        succeeded=not refunded or row["退款状态"] in {"SUCCESS", "PROCESSING"},
    )


def _fen(yuan: str) -> int:
    return int((Decimal(yuan or "0") * 100).to_integral_value())


def _mall(text: str) -> MallId | None:
    try:
        return MallId(UUID(hex=text))
    except ValueError:
        return None


def _number(text: str) -> str:
    """Return our number as we write it; one that is none of ours as it is."""
    try:
        return str(UUID(hex=text))
    except ValueError:
        return text
