"""What Alipay's words mean to us: states, amounts in yuan, and its daily bill. Pure."""

import csv
import io
import zipfile
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from galleria.adapters import numbers
from galleria.adapters.payments_alipay.model import BEIJING
from galleria.kernel.ids import AttemptId
from galleria.value.payments import (
    Attempt,
    LineKind,
    Notice,
    Outcome,
    ProviderUnavailable,
    RefundNotice,
    RefundOrder,
    StatementLine,
)

NAME = "alipay"

TRADES = {
    "WAIT_BUYER_PAY": Outcome.PENDING,
    "TRADE_CLOSED": Outcome.FAILED,
    "TRADE_SUCCESS": Outcome.SUCCEEDED,
    "TRADE_FINISHED": Outcome.SUCCEEDED,
}


def yuan(fen: int) -> str:
    """Return an amount as Alipay writes it."""
    return f"{fen // 100}.{fen % 100:02}"


def fen(text: str) -> int:
    """Return an amount of Alipay's in minor units; what is no amount is none."""
    try:
        return int((Decimal(text or "0") * 100).to_integral_value())
    except InvalidOperation:
        return 0


def notice(fields: dict[str, str], body: str) -> Notice | None:
    """Return what a notice says, None when its number is none of ours.

    A trade closed after money went back was paid, and says so once more.
    """
    ours = numbers.parted(fields.get("out_trade_no", ""))
    if ours is None:
        return None
    refunded = bool(fields.get("gmt_refund"))
    state = fields.get("trade_status", "")
    return Notice(
        notice_id=fields.get("notify_id", "") or f"{state}-{fields.get('trade_no', '')}",
        provider=NAME,
        mall_id=ours[0],
        attempt_id=AttemptId(ours[1]),
        outcome=Outcome.SUCCEEDED if refunded else TRADES.get(state, Outcome.PENDING),
        amount_minor=fen(fields.get("total_amount", "")),
        currency="CNY",
        reference=fields.get("trade_no") or None,
        body=body,
    )


def answer(attempt: Attempt, state: str, *, reference: str | None = None, paid: str | None = None) -> Notice:
    """Return how an attempt stands by Alipay's word when asked; a paid one says itself how much was paid."""
    outcome = TRADES.get(state, Outcome.PENDING)
    told = paid if outcome is Outcome.SUCCEEDED else None
    return Notice(
        notice_id=f"query-{state}",
        provider=NAME,
        mall_id=attempt.mall_id,
        attempt_id=attempt.id,
        outcome=outcome,
        amount_minor=attempt.amount_minor if told is None else fen(told),
        currency=attempt.currency,
        reference=reference,
        body="query",
    )


def given_back(order: RefundOrder, outcome: Outcome, *, amount: str, reference: str) -> RefundNotice:
    """Return what Alipay says of a refund."""
    return RefundNotice(
        provider=NAME,
        mall_id=order.mall_id,
        refund_id=order.refund_id,
        outcome=outcome,
        amount_minor=order.amount_minor if outcome is Outcome.PENDING else fen(amount),
        reference=f"{reference}-{order.refund_id}" if reference else None,
    )


def bill(packed: bytes) -> list[StatementLine]:
    """Return the lines of a day's bill: a ZIP of CSV in GBK, remarks after a `#`; fees are below zero when kept."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            texts = {_name(info): archive.read(info).decode("gb18030") for info in archive.infolist()}
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ProviderUnavailable("the bill cannot be read") from error
    found = [text for name, text in texts.items() if "业务明细" in name and "汇总" not in name]
    if not found:
        raise ProviderUnavailable("the bill has no details")
    rows = csv.reader(line for line in found[0].splitlines() if not line.startswith("#"))
    names = [name.strip() for name in next(rows, [])]
    return [_line({n: value.strip() for n, value in zip(names, row, strict=False)}) for row in rows if row]


def _name(info: zipfile.ZipInfo) -> str:
    """Return a file's name; Alipay writes it in GBK without saying so."""
    return info.filename if info.flag_bits & 0x800 else info.filename.encode("cp437").decode("gb18030", "replace")


def _line(row: dict[str, str]) -> StatementLine:
    refunded = row["业务类型"] == "退款"
    paid, back = numbers.parted(row["商户订单号"]), numbers.parted(row["退款批次号/请求号"])
    ours = back if refunded else paid
    raw = row["退款批次号/请求号"] if refunded else row["商户订单号"]
    number: UUID | str = raw if ours is None else ours[1]
    return StatementLine(
        kind=LineKind.REFUND if refunded else LineKind.PAYMENT,
        mall_id=None if ours is None else ours[0],
        number=str(number),
        reference=row["支付宝交易号"],
        amount_minor=abs(fen(row["订单金额（元）"])),
        currency="CNY",
        fee_minor=-fen(row["服务费（元）"]),
        at=datetime.strptime(row["完成时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING),
    )
