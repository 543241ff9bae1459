"""The sandbox's cashier: a page to pay on, and the ways a payment can go."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta

from galleria.adapters.payments_sandbox import page, signing, store
from galleria.adapters.payments_sandbox.model import Action, Asked, Charge, ChargeState
from galleria.adapters.payments_sandbox.provider import NAME, SandboxPayments
from galleria.commerce import checkout
from galleria.kernel.errors import DomainError, NotFound
from galleria.platform import jobs
from galleria.platform.http.access import PUBLIC
from galleria.platform.http.call import Call, TheCall
from galleria.platform.jobs import Job, Task
from galleria.platform.runtime import Runtime
from galleria.value.payments import PaymentProvider, Providers

PATH = "/pay/sandbox/{charge_id:uuid}"
DELIVER = "sandbox.deliver"
AFTER_EXPIRY = timedelta(seconds=5)

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
}


class Choice(msgspec.Struct, frozen=True):
    """What is done at the cashier; `delay_s` is how late a late answer is, by default until the order has expired."""

    action: Action
    delay_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None


@get(PATH, access=PUBLIC, include_in_schema=False, media_type="text/html")
async def show(call: TheCall, charge_id: FromPath[UUID], t: FromQuery[str] = "") -> Response[str]:
    """Show what is to be paid and the ways it can go."""
    asked = _asked(call, charge_id, t)
    decided = await store.find(call.db, charge_id)
    return _page(page.render(asked, decided, now=call.now, locale=call.locale), 200)


@post(PATH, access=PUBLIC, include_in_schema=False, media_type="text/html")
async def decide(
    call: TheCall,
    charge_id: FromPath[UUID],
    data: URLEncodedBody[Choice],
    t: FromQuery[str] = "",
) -> Response[str] | Redirect:
    """Decide the payment as the person chose, and send them back to their order; deciding again changes nothing."""
    asked = _asked(call, charge_id, t)
    provider = _sandbox(call)
    if asked.expires_at <= call.now:
        return _page(page.render(asked, None, now=call.now, locale=call.locale), 409)
    state = ChargeState.DECLINED if data.action is Action.DECLINE else ChargeState.PAID
    known_at = _known_at(asked, data, call.now)
    charge = await store.decide(
        call.db, asked, state, reference=f"sbx-{secrets.token_hex(10)}", now=call.now, known_at=known_at
    )
    if charge is not None:
        await _tell(call.runtime, provider, charge, data.action, call.now)
    return Redirect(asked.return_url, status_code=303, headers={"cache-control": "no-store"})


async def _tell(runtime: Runtime, provider: SandboxPayments, charge: Charge, action: Action, now: datetime) -> None:
    """Send the notice of a charge as its action has it: now, twice, later, or never."""
    if action is Action.TIMEOUT:
        return
    if action is Action.LATE:
        async with runtime.db.pool.acquire() as connection:
            await jobs.insert(connection, [Job(DELIVER, {"charge_id": charge.id}, delay=charge.known_at - now)])
        return
    for _ in range(2 if action is Action.TWICE else 1):
        await _send(runtime, provider, charge, now)


async def _send(runtime: Runtime, provider: SandboxPayments, charge: Charge, now: datetime) -> None:
    """Hand a notice over as if it came by the network; a refusal is the receiver's business, not the payer's."""
    headers, body = provider.notice(charge, now)
    try:
        await checkout.receive_notice(runtime, provider=NAME, headers=headers, body=body, now=now)
    except DomainError:
        return


async def deliver(runtime: Runtime, charge_id: str) -> None:
    """Send the notice of a charge that was told to answer late."""
    provider = _of(runtime)
    charge = await store.find(runtime.db, UUID(charge_id))
    if provider is not None and charge is not None:
        await _send(runtime, provider, charge, provider.clock())


def _known_at(asked: Asked, choice: Choice, now: datetime) -> datetime:
    """Return from when the outcome is known; the payer of a late answer waits until the order has expired."""
    if choice.action is not Action.LATE:
        return now
    if choice.delay_s is None:
        return asked.expires_at + AFTER_EXPIRY
    return now + timedelta(seconds=choice.delay_s)


def _asked(call: Call, charge_id: UUID, token: str) -> Asked:
    asked = signing.unseal(_sandbox(call).link_key, token)
    if asked is None or asked.id != charge_id:
        raise NotFound
    return asked


def _sandbox(call: Call) -> SandboxPayments:
    found = _of(call.runtime)
    if found is None:
        raise NotFound
    return found


def _of(runtime: Runtime) -> SandboxPayments | None:
    found: PaymentProvider | None = runtime.port(Providers).get(NAME)
    return found if isinstance(found, SandboxPayments) else None


def _page(html: str, status: int) -> Response[str]:
    return Response(html, status_code=status, media_type="text/html; charset=utf-8", headers=HEADERS)


ROUTES = [show, decide]
TASKS = [Task(DELIVER, deliver)]
