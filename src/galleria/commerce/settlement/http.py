"""Routes of settlement: terms, statements with their entries and exports, payouts, everybody's positions."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from galleria.commerce.settlement import export, operations, queries
from galleria.commerce.settlement.model import (
    CloseRequest,
    NewTerms,
    Objection,
    Payout,
    PayoutId,
    PayoutState,
    Positions,
    Sent,
    StatedEntry,
    Statement,
    StatementId,
    StatementState,
    TermsView,
)
from galleria.foundation import malls
from galleria.kernel.ids import MallId, MerchantId
from galleria.kernel.paging import Page
from galleria.platform.actors import Permission, Reach
from galleria.platform.http.access import STAFF
from galleria.platform.http.call import Call, TheCall
from galleria.platform.http.paging import Limit
from galleria.platform.tx import ReadTx, Tx

InStatement = Annotated[StatementState | None, QueryParameter(name="state")]
InPayout = Annotated[PayoutState | None, QueryParameter(name="state")]
BASE = "/v1/malls/{mall_id:uuid}/settlement"
ONE = f"{BASE}/statements/{{statement_id:uuid}}"
PAYOUT = f"{BASE}/payouts/{{payout_id:uuid}}"


@get(f"{BASE}/terms", access=STAFF, summary="What selling costs", tags=["settlement"])
async def list_terms(call: TheCall, mall_id: FromPath[UUID]) -> Page[TermsView]:
    """Return the mall's terms and those of the asker's merchants, past and coming ones too."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, MallId(mall_id))
        return Page(await queries.list_terms(tx, mall_id=MallId(mall_id), reach=reach, now=call.now))


@post(f"{BASE}/terms", access=STAFF, summary="Set what selling costs", tags=["settlement"])
async def set_terms(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[NewTerms]) -> Page[TermsView]:
    """Let terms hold from now or later; what is sold already keeps its fee. Returns all terms."""
    mall = MallId(mall_id)
    await _manage(call, mall)

    async def operation(tx: Tx) -> Page[TermsView]:
        await operations.set_terms(tx, mall_id=mall, new=data, staff_id=call.actor.staff_id, now=call.now)
        return Page(await queries.list_terms(tx, mall_id=mall, reach=queries.EVERYTHING, now=call.now))

    return await call.write(
        "settlement.set_terms", operation, returns=Page[TermsView], mall_id=mall, payload=data, key_required=True
    )


@get(f"{BASE}/positions", access=STAFF, summary="Who owes whom, in all", tags=["settlement"])
async def positions(call: TheCall, mall_id: FromPath[UUID]) -> Positions:
    """Return what everybody's accounts hold of the mall's money; together they are zero at every moment."""
    await _manage(call, MallId(mall_id))
    async with call.db.read() as tx:
        return await queries.positions(tx, mall_id=MallId(mall_id))


@get(f"{BASE}/statements", access=STAFF, summary="Statements, newest first", tags=["settlement"])
async def list_statements(
    call: TheCall,
    mall_id: FromPath[UUID],
    merchant: FromQuery[UUID | None] = None,
    in_state: InStatement = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Statement]:
    """Return the statements of the merchants the asker works for."""
    async with call.db.read() as tx:
        return await queries.list_statements(
            tx,
            mall_id=MallId(mall_id),
            reach=await _reach(call, tx, MallId(mall_id)),
            merchant_id=None if merchant is None else MerchantId(merchant),
            state=in_state,
            cursor=cursor,
            limit=limit,
        )


@post(f"{BASE}/statements", access=STAFF, summary="Close a merchant's period", tags=["settlement"])
async def close(call: TheCall, mall_id: FromPath[UUID], data: JSONBody[CloseRequest]) -> Statement:
    """Close a period before its time, up to a business day; a period closed already gives its statement."""
    mall = MallId(mall_id)
    await _manage(call, mall)

    async def operation(tx: Tx) -> Statement:
        statement_id = await operations.close(
            tx, mall_id=mall, merchant_id=data.merchant_id, ends_on=data.ends_on, now=call.now
        )
        return await _shown(tx, mall, statement_id)

    return await call.write(
        "settlement.close", operation, returns=Statement, mall_id=mall, payload=data, key_required=True
    )


@get(ONE, access=STAFF, summary="A statement", tags=["settlement"])
async def get_statement(call: TheCall, mall_id: FromPath[UUID], statement_id: FromPath[UUID]) -> Statement:
    """Return a statement with its lines."""
    async with call.db.read() as tx:
        return await _mine(call, tx, MallId(mall_id), statement_id)


@get(f"{ONE}/entries", access=STAFF, summary="The entries of a statement", tags=["settlement"])
async def list_entries(
    call: TheCall,
    mall_id: FromPath[UUID],
    statement_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[StatedEntry]:
    """Return what the statement's lines are made of, the oldest first; together they are what moved."""
    async with call.db.read() as tx:
        found = await _mine(call, tx, MallId(mall_id), statement_id)
        return await queries.list_entries(
            tx, mall_id=MallId(mall_id), statement_id=found.id, cursor=cursor, limit=limit
        )


@get(f"{ONE}/export.csv", access=STAFF, summary="A statement as CSV", tags=["settlement"], media_type="text/csv")
async def export_csv(call: TheCall, mall_id: FromPath[UUID], statement_id: FromPath[UUID]) -> Response[bytes]:
    """Return every entry of a statement as CSV (UTF-8, marked for spreadsheets)."""
    async with call.db.read() as tx:
        found = await _mine(call, tx, MallId(mall_id), statement_id)
        mall = await malls.get_mall(tx, MallId(mall_id))
        entries = await queries.all_entries(tx, mall_id=mall.id, statement_id=found.id)
    content = export.csv_of(found, entries, mall, call.locale)
    return _file(content, "text/csv; charset=utf-8", f"statement-{found.ends_on}-{found.n}.csv")


@get(
    f"{ONE}/statement.pdf", access=STAFF, summary="A statement as PDF", tags=["settlement"],
    media_type="application/pdf",
)  # fmt: skip
async def export_pdf(call: TheCall, mall_id: FromPath[UUID], statement_id: FromPath[UUID]) -> Response[bytes]:
    """Return a statement on a page, in the reader's language."""
    async with call.db.read() as tx:
        found = await _mine(call, tx, MallId(mall_id), statement_id)
        mall = await malls.get_mall(tx, MallId(mall_id))
    content = await asyncio.to_thread(export.pdf_of, found, mall, call.locale)
    return _file(content, "application/pdf", f"statement-{found.ends_on}-{found.n}.pdf")


@post(f"{ONE}/check", access=STAFF, status_code=200, summary="Sign as the first", tags=["settlement"])
async def check(call: TheCall, mall_id: FromPath[UUID], statement_id: FromPath[UUID]) -> Statement:
    """Sign a closed statement; another person has to approve it."""

    async def operation(tx: Tx) -> None:
        await operations.check(
            tx,
            mall_id=MallId(mall_id),
            statement_id=StatementId(statement_id),
            staff_id=call.actor.staff_id,
            now=call.now,
        )

    return await _sign(call, "settlement.check", mall_id, statement_id, operation)


@post(f"{ONE}/object", access=STAFF, status_code=200, summary="Send a statement back", tags=["settlement"])
async def object_to(
    call: TheCall, mall_id: FromPath[UUID], statement_id: FromPath[UUID], data: JSONBody[Objection]
) -> Statement:
    """Send a checked statement back to be looked at again, with a word why."""

    async def operation(tx: Tx) -> None:
        await operations.object_to(tx, mall_id=MallId(mall_id), statement_id=StatementId(statement_id), note=data.note)

    return await _sign(call, "settlement.object", mall_id, statement_id, operation, data.note)


@post(f"{ONE}/approve", access=STAFF, status_code=200, summary="Sign as the second", tags=["settlement"])
async def approve(call: TheCall, mall_id: FromPath[UUID], statement_id: FromPath[UUID]) -> Statement:
    """Approve a statement that somebody else checked: what is due is promised to the merchant's bank."""

    async def operation(tx: Tx) -> None:
        await operations.approve(
            tx,
            mall_id=MallId(mall_id),
            statement_id=StatementId(statement_id),
            staff_id=call.actor.staff_id,
            now=call.now,
        )

    return await _sign(call, "settlement.approve", mall_id, statement_id, operation)


@get(f"{BASE}/payouts", access=STAFF, summary="Payouts, newest first", tags=["settlement"])
async def list_payouts(
    call: TheCall,
    mall_id: FromPath[UUID],
    in_state: InPayout = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = 50,
) -> Page[Payout]:
    """Return the payouts to the merchants the asker works for."""
    async with call.db.read() as tx:
        reach = await _reach(call, tx, MallId(mall_id))
        return await queries.list_payouts(
            tx, mall_id=MallId(mall_id), reach=reach, state=in_state, cursor=cursor, limit=limit
        )


@post(f"{PAYOUT}/send", access=STAFF, status_code=200, summary="Given to the bank", tags=["settlement"])
async def send(call: TheCall, mall_id: FromPath[UUID], payout_id: FromPath[UUID], data: JSONBody[Sent]) -> Payout:
    """Note that a due payout was given to the bank, with the bank's reference."""

    async def operation(tx: Tx) -> None:
        await operations.send(
            tx,
            mall_id=MallId(mall_id),
            payout_id=PayoutId(payout_id),
            bank_reference=data.bank_reference,
            staff_id=call.actor.staff_id,
            now=call.now,
        )

    return await _move(call, "settlement.payout_send", mall_id, payout_id, operation, data.bank_reference)


@post(f"{PAYOUT}/paid", access=STAFF, status_code=200, summary="The payout arrived", tags=["settlement"])
async def paid(call: TheCall, mall_id: FromPath[UUID], payout_id: FromPath[UUID]) -> Payout:
    """Note that a payout sent has arrived."""

    async def operation(tx: Tx) -> None:
        await operations.pay(tx, mall_id=MallId(mall_id), payout_id=PayoutId(payout_id), now=call.now)

    return await _move(call, "settlement.payout_paid", mall_id, payout_id, operation)


@post(f"{PAYOUT}/bounced", access=STAFF, status_code=200, summary="The payout came back", tags=["settlement"])
async def bounced(
    call: TheCall, mall_id: FromPath[UUID], payout_id: FromPath[UUID], data: JSONBody[Objection]
) -> Payout:
    """Note that a payout came back: the merchant is owed it again, in its next statement."""

    async def operation(tx: Tx) -> None:
        await operations.bounce(
            tx, mall_id=MallId(mall_id), payout_id=PayoutId(payout_id), note=data.note, now=call.now
        )

    return await _move(call, "settlement.payout_bounced", mall_id, payout_id, operation, data.note)


Work = Callable[[Tx], Awaitable[None]]


async def _sign(call: Call, kind: str, mall_id: UUID, statement_id: UUID, work: Work, note: str = "") -> Statement:
    mall = MallId(mall_id)
    await _manage(call, mall)

    async def operation(tx: Tx) -> Statement:
        await work(tx)
        return await _shown(tx, mall, StatementId(statement_id))

    payload = {"id": statement_id, "note": note}
    return await call.write(kind, operation, returns=Statement, mall_id=mall, payload=payload, key_required=True)


async def _move(call: Call, kind: str, mall_id: UUID, payout_id: UUID, work: Work, note: str = "") -> Payout:
    mall = MallId(mall_id)
    await _manage(call, mall)

    async def operation(tx: Tx) -> Payout:
        await work(tx)
        return await queries.get_payout(tx, mall_id=mall, payout_id=PayoutId(payout_id))

    payload = {"id": payout_id, "note": note}
    return await call.write(kind, operation, returns=Payout, mall_id=mall, payload=payload, key_required=True)


async def _manage(call: Call, mall_id: MallId) -> None:
    async with call.db.read() as tx:
        call.actor.require(Permission.SETTLEMENT_MANAGE, await malls.mall_target(tx, mall_id))


async def _reach(call: Call, tx: ReadTx, mall_id: MallId) -> Reach:
    return call.actor.reach(Permission.SETTLEMENT_READ, await malls.mall_target(tx, mall_id))


async def _mine(call: Call, tx: ReadTx, mall_id: MallId, statement_id: UUID) -> Statement:
    reach = await _reach(call, tx, mall_id)
    return await queries.get_statement(tx, mall_id=mall_id, statement_id=StatementId(statement_id), reach=reach)


async def _shown(tx: ReadTx, mall_id: MallId, statement_id: StatementId) -> Statement:
    return await queries.get_statement(tx, mall_id=mall_id, statement_id=statement_id, reach=queries.EVERYTHING)


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


ROUTES = [
    list_terms, set_terms, positions, list_statements, close, get_statement, list_entries, export_csv, export_pdf,
    check, object_to, approve, list_payouts, send, paid, bounced,
]  # fmt: skip
