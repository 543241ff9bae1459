"""A message is sent once: tried again while the carrier is down, given up when it is refused or nobody waits for it."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.factories.checkout import work
from tests.factories.malls import make_mall
from tests.factories.members import new_phone

from galleria.adapters.sms_sandbox import SandboxSms
from galleria.foundation import notifications
from galleria.foundation.notifications import Sms, SmsProvider, jobs
from galleria.foundation.notifications.model import Message, MessageState, SmsRefused
from galleria.foundation.notifications.queries import get_message
from galleria.kernel.errors import NotFound
from galleria.kernel.ids import GroupId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx


class Waiting:
    """A message to a phone of its own, and its job."""

    def __init__(self, runtime: Runtime, group_id: GroupId, message_id: UUID, phone: str) -> None:
        self.runtime, self.group_id, self.id, self.phone = runtime, group_id, message_id, phone

    async def send(self) -> None:
        await jobs.send_sms(self.runtime, group_id=str(self.group_id), message_id=str(self.id))

    async def stored(self) -> Message:
        async with self.runtime.db.read() as tx:
            return await get_message(tx, self.group_id, self.id)

    def carried(self) -> list[Sms]:
        """Return what the carrier was given for this phone."""
        provider = self.runtime.port(SmsProvider)  # type: ignore[type-abstract]
        assert isinstance(provider, SandboxSms)
        return [sms for sms in provider.sent if sms.phone == self.phone]


async def waiting(runtime: Runtime, *, lives: timedelta | None = None, queue: bool = False) -> Waiting:
    """Write a message with a code in it; its job runs when the test says so, or with `queue` when the worker does."""
    mall, phone, now = await make_mall(runtime), new_phone(), utc_now()

    async def operation(tx: Tx) -> UUID:
        written = await notifications.send_sms(
            tx, group_id=mall.group_id, phone=phone, body="验证码 {code}", now=now,
            expires_at=None if lives is None else now + lives,
        )  # fmt: skip
        if not queue:
            tx.jobs.clear()
        return written

    command = Command(kind="tests.send_sms", actor=SYSTEM, now=now)
    return Waiting(runtime, mall.group_id, await runtime.db.write(command, operation, returns=UUID), phone)


def carrier_says(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def fail(_self: SandboxSms, _sms: Sms) -> None:
        raise error

    monkeypatch.setattr(SandboxSms, "send", fail)


async def test_the_worker_sends_it_with_its_code(runtime: Runtime) -> None:
    message = await waiting(runtime, queue=True)
    await work(runtime)
    [sms] = message.carried()
    assert sms.body == f"验证码 {notifications.one_time_code(runtime.signer, message.id)}"
    stored = await message.stored()
    assert (stored.state, stored.body) == (MessageState.SENT, "验证码 {code}")
    assert stored.sent_at is not None


async def test_a_carrier_that_is_down_is_asked_again_and_carries_it_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await waiting(runtime)
    carrier_says(monkeypatch, ConnectionError("no route"))
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await message.send()
        assert (await message.stored()).state is MessageState.QUEUED
    monkeypatch.undo()
    for _ in range(3):
        await message.send()
    assert len(message.carried()) == 1
    assert (await message.stored()).state is MessageState.SENT


async def test_what_the_carrier_refuses_is_not_tried_again(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    message = await waiting(runtime)
    carrier_says(monkeypatch, SmsRefused("number out of service"))
    await message.send()
    monkeypatch.undo()
    await message.send()
    stored = await message.stored()
    assert (stored.state, stored.error, stored.sent_at) == (MessageState.FAILED, "number out of service", None)
    assert message.carried() == []


async def test_a_code_nobody_waits_for_any_more_is_not_sent(runtime: Runtime) -> None:
    message = await waiting(runtime, lives=timedelta(seconds=-1))
    await message.send()
    stored = await message.stored()
    assert (stored.state, stored.sent_at) == (MessageState.FAILED, None)
    assert stored.error
    assert message.carried() == []


async def test_messages_are_forgotten_after_their_time(runtime: Runtime) -> None:
    message = await waiting(runtime)
    await jobs.forget_messages(runtime, utc_now() + jobs.KEPT - timedelta(minutes=1))
    assert (await message.stored()).state is MessageState.QUEUED
    await jobs.forget_messages(runtime, utc_now() + jobs.KEPT + timedelta(minutes=1))
    with pytest.raises(NotFound):
        await message.stored()
