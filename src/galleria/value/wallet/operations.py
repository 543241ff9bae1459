"""What is done with stored value: put in, set aside, taken, given back."""

from datetime import datetime
from uuid import UUID

from galleria.foundation import ledger, malls, members
from galleria.foundation.ledger import AccountRef, Entry, HoldId, Posting
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId, MallId, MemberId, StaffId, new_id
from galleria.platform.command import Event
from galleria.platform.tx import Tx
from galleria.value.wallet import rules, store
from galleria.value.wallet.model import Credit, InsufficientStoredValue, NewCredit


async def hold(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    amount_minor: int,
    currency: str,
    hold_id: UUID,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Set stored value of a member aside to pay with; `hold_id` names it from now on.

    Raises InsufficientStoredValue, ledger.AlreadyPosted.
    """
    try:
        await ledger.hold(
            tx,
            group_id=group_id,
            mall_id=mall_id,
            account=rules.stored(member_id, currency),
            amount=amount_minor,
            code=rules.PAID,
            reference=hold_id,
            expires_at=expires_at,
            now=now,
            hold_id=HoldId(hold_id),
        )
    except ledger.InsufficientBalance as error:
        raise InsufficientStoredValue from error


async def settle(
    tx: Tx,
    *,
    mall_id: MallId,
    hold_id: UUID,
    amount_minor: int,
    currency: str,
    title_zh: str,
    title_en: str,
    now: datetime,
) -> None:
    """Take what was set aside into the mall's order deposits, once. Raises NotFound, ledger.HoldEnded."""
    detail = {"title_zh": title_zh, "title_en": title_en}
    into = [Posting(rules.deposits(mall_id, currency), amount_minor)]
    await ledger.post_hold(tx, hold_id=HoldId(hold_id), into=into, now=now, detail=detail)


async def release(tx: Tx, *, hold_id: UUID, now: datetime) -> bool:
    """Give back what was set aside; False when that has been done, or it has been taken."""
    try:
        await ledger.void_hold(tx, hold_id=HoldId(hold_id), now=now)
    except (ledger.HoldEnded, NotFound):
        return False
    return True


async def give_back(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    amount_minor: int,
    currency: str,
    code: str,
    reference: UUID,
    title_zh: str,
    title_en: str,
    now: datetime,
) -> None:
    """Give stored value back out of the mall's order deposits, into which the caller has moved it.

    `code` and `reference` are the business identity: given back once. Raises ledger.AlreadyPosted.
    """
    await credit(
        tx,
        group_id=group_id,
        mall_id=mall_id,
        member_id=member_id,
        amount_minor=amount_minor,
        currency=currency,
        source=rules.deposits(mall_id, currency),
        code=code,
        reference=reference,
        title_zh=title_zh,
        title_en=title_en,
        now=now,
    )


async def credit(
    tx: Tx,
    *,
    group_id: GroupId,
    mall_id: MallId,
    member_id: MemberId,
    amount_minor: int,
    currency: str,
    source: AccountRef,
    code: str,
    reference: UUID,
    title_zh: str,
    title_en: str,
    now: datetime,
) -> None:
    """Put money into a member's stored value out of another account (what a compensation costs, for one).

    `code` and `reference` are the business identity: put in once. Raises ledger.AlreadyPosted.
    """
    postings = [Posting(source, -amount_minor), Posting(rules.stored(member_id, currency), amount_minor)]
    entry = Entry(code, reference, postings, {"title_zh": title_zh, "title_en": title_en})
    await ledger.post(tx, group_id=group_id, mall_id=mall_id, entries=[entry], now=now)


async def credit_at_desk(
    tx: Tx, *, mall_id: MallId, member_id: MemberId, new: NewCredit, staff_id: StaffId, now: datetime
) -> Credit:
    """Put cash that a member brought to the mall's desk into his stored value. Raises NotFound."""
    mall = await malls.get_mall(tx, mall_id)
    await members.get_member(tx, mall.group_id, member_id)
    credit_id = new_id()
    await store.add_credit(
        tx,
        mall_id,
        credit_id,
        member_id,
        currency=mall.currency,
        amount_minor=new.amount_minor,
        note=new.note.strip(),
        staff_id=staff_id,
        now=now,
    )
    await credit(
        tx,
        group_id=mall.group_id,
        mall_id=mall_id,
        member_id=member_id,
        amount_minor=new.amount_minor,
        currency=mall.currency,
        source=rules.desk(mall_id, mall.currency),
        code=rules.CREDITED,
        reference=credit_id,
        title_zh=mall.name_zh,
        title_en=mall.name_en,
        now=now,
    )
    tx.subject = str(member_id)
    tx.emit(Event("wallet.credited", member_id, {"amount_minor": new.amount_minor}, (f"member:{member_id}",)))
    found = await ledger.balance(tx, rules.stored(member_id, mall.currency), now=now)
    return Credit(
        id=credit_id,
        mall_id=mall_id,
        member_id=member_id,
        currency=mall.currency,
        amount_minor=new.amount_minor,
        note=new.note.strip(),
        at=now,
        balance_minor=found.total,
    )
