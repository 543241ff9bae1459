"""What WeChat Pay's words mean to us, and our numbers in its alphabet. Pure."""

from urllib.parse import urlencode

from galleria.adapters import numbers
from galleria.adapters.payments_wechat.model import AUTHORISE, Refund, Trade
from galleria.kernel.ids import AttemptId, MallId, RefundId
from galleria.value.payments import Attempt, Notice, Outcome, RefundNotice, RefundOrder

NAME = "wechat"

TRADES = {
    "SUCCESS": Outcome.SUCCEEDED,
    "REFUND": Outcome.SUCCEEDED,  # it was paid, and something of it was given back since
    "NOTPAY": Outcome.PENDING,
    "USERPAYING": Outcome.PENDING,
    "ACCEPT": Outcome.PENDING,
    "CLOSED": Outcome.FAILED,
    "REVOKED": Outcome.FAILED,
    "PAYERROR": Outcome.FAILED,
}
REFUNDS = {
    "SUCCESS": Outcome.SUCCEEDED,
    "PROCESSING": Outcome.PENDING,
    "CLOSED": Outcome.FAILED,
    "ABNORMAL": Outcome.FAILED,  # the payer's card or account does not take it: a person must find another way
}


def refund_number(order: RefundOrder) -> str:
    """Return the refund's number at WeChat Pay, 64 characters: its notices say nothing else of the mall."""
    return numbers.joined(order.mall_id, order.refund_id)


def notice(trade: Trade, *, notice_id: str, body: str) -> Notice | None:
    """Return what a trade says, None when its numbers are none of ours."""
    mall, number = numbers.parsed(trade.attach), numbers.parsed(trade.out_trade_no)
    if mall is None or number is None or trade.amount is None:
        return None
    return Notice(
        notice_id=notice_id,
        provider=NAME,
        mall_id=MallId(mall),
        attempt_id=AttemptId(number),
        outcome=TRADES.get(trade.trade_state, Outcome.PENDING),
        amount_minor=trade.amount.total,
        currency=trade.amount.currency,
        reference=trade.transaction_id,
        body=body,
    )


def answer(attempt: Attempt, state: str, *, trade: Trade | None = None) -> Notice:
    """Return how an attempt stands by WeChat Pay's word when asked; a paid one says itself how much was paid."""
    outcome = TRADES.get(state, Outcome.PENDING)
    paid = trade.amount if trade is not None and outcome is Outcome.SUCCEEDED else None
    return Notice(
        notice_id=f"query-{state}",
        provider=NAME,
        mall_id=attempt.mall_id,
        attempt_id=attempt.id,
        outcome=outcome,
        amount_minor=attempt.amount_minor if paid is None else paid.total,
        currency=attempt.currency if paid is None else paid.currency,
        reference=None if trade is None else trade.transaction_id,
        body="query",
    )


def refund_notice(refund: Refund) -> RefundNotice | None:
    """Return what WeChat Pay says of a refund, None when its number is none of ours."""
    ours = numbers.parted(refund.out_refund_no)
    if ours is None:
        return None
    state = refund.status or refund.refund_status
    return RefundNotice(
        provider=NAME,
        mall_id=ours[0],
        refund_id=RefundId(ours[1]),
        outcome=REFUNDS.get(state, Outcome.PENDING),
        amount_minor=refund.amount.refund,
        reference=refund.refund_id,
        error="" if REFUNDS.get(state) is not Outcome.FAILED else state,
    )


def authorise_url(appid: str, back: str) -> str:
    """Return where a shopper inside WeChat goes to be known by name; they come back with a `code`."""
    query = urlencode({"appid": appid, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base"})
    return f"{AUTHORISE}?{query}#wechat_redirect"
