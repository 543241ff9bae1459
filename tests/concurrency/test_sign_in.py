"""Sign-ins that arrive at once; each with a twin that shows what would happen without the guard."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import httpx
import pyotp
from tests.factories.malls import make_mall
from tests.factories.members import PASSWORD, as_member, as_staff, make_member, make_staff, new_phone

from galleria.foundation import members, notifications
from galleria.foundation.members import operations, rules
from galleria.kernel.ids import GroupId, new_id
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.auth import sessions
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime

AT_ONCE = 8


def command(kind: str) -> Command:
    return Command(kind=kind, actor=SYSTEM, now=datetime.now(UTC))


async def sent_code(runtime: Runtime, group_id: GroupId, phone: str) -> str:
    now = datetime.now(UTC)
    sent = await runtime.db.write(
        command("tests.code"),
        lambda tx: members.send_code(tx, group_id=group_id, phone=phone, body="{code}", signer=runtime.signer, now=now),
        returns=members.CodeSent,
    )
    return notifications.one_time_code(runtime.signer, sent.message_id)


async def test_one_code_used_by_many_at_once_lets_one_in(runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = await sent_code(runtime, mall.group_id, phone)

    async def use() -> bool:
        return await runtime.db.write(
            command("tests.use"),
            lambda tx: operations.use_code(
                tx, group_id=mall.group_id, phone=phone, code=code, signer=runtime.signer, now=datetime.now(UTC)
            ),
            returns=bool,
        )

    assert sum(await asyncio.gather(*(use() for _ in range(AT_ONCE)))) == 1


async def test_twin_reading_the_code_before_deleting_it_lets_two_in(runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = await sent_code(runtime, mall.group_id, phone)
    wanted = rules.code_hash(runtime.signer, group_id=mall.group_id, phone=phone, code=code)
    both_have_read = asyncio.Barrier(2)

    async def use() -> bool:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            stored = await connection.fetchval("SELECT code_hash FROM members.login_code WHERE phone = $1", phone)
            await both_have_read.wait()
            await connection.execute("DELETE FROM members.login_code WHERE phone = $1", phone)
            return rules.same_hash(stored, wanted)

    assert sum(await asyncio.gather(use(), use())) == 2


async def test_guesses_at_once_get_no_more_than_five_tries(runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = await sent_code(runtime, mall.group_id, phone)

    async def use(guess: str) -> bool:
        return await runtime.db.write(
            command("tests.use"),
            lambda tx: operations.use_code(
                tx, group_id=mall.group_id, phone=phone, code=guess, signer=runtime.signer, now=datetime.now(UTC)
            ),
            returns=bool,
        )

    guesses = [f"{(int(code) + n) % 1_000_000:06}" for n in range(1, 13)]
    assert not any(await asyncio.gather(*(use(guess) for guess in guesses)))
    assert not await use(code), "the tries are spent, so the right code comes too late"


async def test_twin_comparing_before_spending_a_try_lets_the_sixth_guess_win(runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    code = await sent_code(runtime, mall.group_id, phone)
    all_have_read = asyncio.Barrier(6)

    async def use(guess: str) -> bool:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT code_hash, tries_left FROM members.login_code WHERE phone = $1", phone
            )
            await all_have_read.wait()
            assert row is not None
            hashed = rules.code_hash(runtime.signer, group_id=mall.group_id, phone=phone, code=guess)
            return row["tries_left"] > 0 and rules.same_hash(row["code_hash"], hashed)

    guesses = [f"{(int(code) + n) % 1_000_000:06}" for n in range(1, 6)]
    assert (await asyncio.gather(*(use(guess) for guess in [*guesses, code])))[5]


async def test_two_first_sign_ins_at_once_make_one_member(runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()

    async def join() -> members.Member:
        now = datetime.now(UTC)
        return await runtime.db.write(
            command("tests.join"),
            lambda tx: members.find_or_create(tx, group_id=mall.group_id, phone=phone, now=now),
            returns=members.Member,
        )

    joined = await asyncio.gather(*(join() for _ in range(AT_ONCE)))
    assert len({member.id for member in joined}) == 1


async def test_twin_looking_before_inserting_breaks_one_of_two(runtime: Runtime) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    both_have_looked = asyncio.Barrier(2)

    async def join() -> None:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            found = await connection.fetchval("SELECT id FROM members.member WHERE phone = $1", phone)
            await both_have_looked.wait()
            if found is None:
                await connection.execute(
                    "INSERT INTO members.member (group_id, id, phone, created_at) VALUES ($1, $2, $3, now())",
                    mall.group_id,
                    new_id(),
                    phone,
                )

    outcomes = await asyncio.gather(join(), join(), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [asyncpg.UniqueViolationError]


async def test_one_refresh_token_used_by_two_at_once_renews_once_and_then_ends(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    member = await make_member(runtime, mall.group_id)
    token = await opened(runtime, member)
    answers = await asyncio.gather(*(client.post("/v1/auth/refresh", json={"refresh_token": token}) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    renewed = next(answer.json() for answer in answers if answer.status_code == 200)
    again = await client.post("/v1/auth/refresh", json={"refresh_token": renewed["refresh_token"]})
    assert again.status_code == 401, "the reuse ended the sign-in, and that was committed"
    access = {"authorization": f"Bearer {renewed['access_token']}"}
    assert (await client.get("/v1/me", headers=access)).status_code == 401


async def test_twin_reading_the_token_before_rotating_it_renews_twice(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    member = await make_member(runtime, mall.group_id)
    await opened(runtime, member)
    both_have_read = asyncio.Barrier(2)

    async def renew() -> bool:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            found = await connection.fetchval("SELECT id FROM platform.session WHERE actor_id = $1", member.id)
            await both_have_read.wait()
            await connection.execute(
                "UPDATE platform.session SET refresh_hash = $2 WHERE id = $1", found, new_id().bytes
            )
            return found is not None

    assert await asyncio.gather(renew(), renew()) == [True, True]


async def opened(runtime: Runtime, member: members.Member) -> str:
    token, now = sessions.new_refresh_token(), datetime.now(UTC)
    await runtime.db.write(
        command("tests.open"),
        lambda tx: members.open_session(
            tx, member=member, device="tests", refresh_token=token, lifetimes=runtime.lifetimes, now=now
        ),
        returns=sessions.Session,
    )
    return token


async def test_one_authenticator_code_used_by_two_at_once_lets_one_in(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    account = await make_staff(runtime, mall.group_id)
    secret = pyotp.random_base32()
    await runtime.db.pool.execute(
        "UPDATE staff.account SET totp_secret = $2, totp_confirmed = true WHERE id = $1", account.id, secret
    )
    body = {"login": account.login, "password": PASSWORD, "totp": pyotp.TOTP(secret).now()}
    answers = await asyncio.gather(*(client.post("/v1/auth/staff", json=body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    assert {a.json()["code"] for a in answers if a.status_code == 400} == {"totp_wrong"}


async def test_two_operators_who_disable_each_other_at_once_leave_one(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall = await make_mall(runtime)
    grant = Grant(role=Role.OPERATOR, group_id=mall.group_id, mall_id=mall.mall_id)
    pair = [await make_staff(runtime, mall.group_id, [grant]) for _ in range(2)]
    headers = [await as_staff(runtime, account) for account in pair]
    answers = await asyncio.gather(
        *(
            client.patch(
                f"/v1/malls/{mall.mall_id}/staff/{pair[1 - i].id}", json={"state": "disabled"}, headers=headers[i]
            )
            for i in range(2)
        )
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 409])
    assert await active(runtime, mall.group_id) == 1


async def test_twin_counting_operators_without_the_lock_leaves_none(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    pair = [await make_staff(runtime, mall.group_id) for _ in range(2)]
    both_have_counted = asyncio.Barrier(2)

    async def disable(account_id: object) -> None:
        async with runtime.db.pool.acquire() as connection, connection.transaction():
            others = await connection.fetchval(
                "SELECT count(*) FROM staff.account WHERE group_id = $1 AND state = 'active' AND id <> $2",
                mall.group_id,
                account_id,
            )
            await both_have_counted.wait()
            if others:
                await connection.execute("UPDATE staff.account SET state = 'disabled' WHERE id = $1", account_id)

    await asyncio.gather(*(disable(account.id) for account in pair))
    assert await active(runtime, mall.group_id) == 0


async def active(runtime: Runtime, group_id: GroupId) -> int:
    found: int = await runtime.db.pool.fetchval(
        "SELECT count(*) FROM staff.account WHERE group_id = $1 AND state = 'active'", group_id
    )
    return found


async def test_a_resend_asked_for_by_many_at_once_sends_one_message(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    mall, phone = await make_mall(runtime), new_phone()
    body = {"mall_id": str(mall.mall_id), "phone": phone}
    answers = await asyncio.gather(*(client.post("/v1/auth/code", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 429, 429, 429, 429]
    sent = await runtime.db.pool.fetchval("SELECT count(*) FROM notifications.message WHERE recipient = $1", phone)
    assert sent == 1


async def test_signing_out_twice_at_once_ends_it_once(client: httpx.AsyncClient, runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    headers = await as_member(runtime, await make_member(runtime, mall.group_id))
    answers = await asyncio.gather(*(client.post("/v1/auth/sign-out", headers=headers) for _ in range(2)))
    assert all(answer.status_code in {200, 401, 404} for answer in answers)
    assert sum(answer.json().get("ended", 0) for answer in answers) == 1
