"""What is read of stored value."""

from datetime import datetime

from galleria.foundation import ledger
from galleria.foundation.ledger import AccountKind
from galleria.kernel.ids import MemberId
from galleria.platform.i18n import text
from galleria.platform.tx import ReadTx
from galleria.value.wallet import rules
from galleria.value.wallet.model import Wallet, WalletMovement

KNOWN = frozenset({rules.PAID, rules.CREDITED})


async def balance(tx: ReadTx, *, member_id: MemberId, currency: str, now: datetime) -> int:
    """Return what a member can spend now, in minor units."""
    return (await ledger.balance(tx, rules.stored(member_id, currency), now=now)).available


async def wallet(
    tx: ReadTx,
    *,
    member_id: MemberId,
    currency: str,
    now: datetime,
    cursor: str | None = None,
    limit: int = 50,
) -> Wallet:
    """Return a member's stored value and how it moved, the newest first.

    Raises Invalid for a forged cursor.
    """
    account = rules.stored(member_id, currency)
    found = await ledger.balance(tx, account, now=now)
    page = await ledger.statement(tx, [account], cursor=cursor, limit=limit)
    return Wallet(
        currency=currency,
        balance_minor=found.total,
        held_minor=found.held,
        available_minor=found.available,
        movements=[_movement(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


def _movement(one: ledger.Movement) -> WalletMovement:
    told = one.detail or {}
    kind = one.code.removeprefix("wallet.") if one.code in KNOWN else "returned"
    return WalletMovement(
        id=one.entry_id,
        at=one.at,
        mall_id=one.mall_id,
        amount_minor=one.amounts.get(AccountKind.MEMBER_WALLET, 0),
        title_zh=text(f"wallet.history.{kind}", "zh-CN", title=told.get("title_zh", "")),
        title_en=text(f"wallet.history.{kind}", "en", title=told.get("title_en", "")),
    )
