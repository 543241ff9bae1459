"""`festival`: vouchers released through the waiting room.

Over HTTP, two web processes: claims a second with tickets, against pgbench's hot row; queueing up and polling as well;
and fairness, the order of arrival against the order of service. In process: a million vouchers to two million members,
through the same operations (`bench.festival_crowd`), every answer checked row by row in the database.
BENCH_VOUCHERS sets another number of vouchers; twice as many members come for them.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from bench import festival_crowd, seed
from bench.floor import pgbench
from bench.load import Answer, Connection, connect, percentile, request, storm
from bench.rows import Row
from bench.stage import SECRET, Stage, database, stage
from bench.surge import FLOOR
from galleria.engagement import festivals
from galleria.kernel.ids import MallId
from galleria.main import build_runtime
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.settings import Settings
from galleria.platform.tx import Tx

CLIENTS = 128
GUESTS = 30_000
WARM = 4_000
LINE = 20_000
VOUCHERS = int(os.environ.get("BENCH_VOUCHERS", "1000000"))
PROCESSES = 2
MOST = 1_000_000


async def run() -> list[Row]:
    async with stage() as made:
        async with database(made.dsn) as connection:
            mall = await seed.mall(connection)
            members = await seed.members(connection, mall, GUESTS)
            await connection.execute(
                "CREATE TABLE bench_hot (id int PRIMARY KEY, claimed int NOT NULL, total int NOT NULL);"
                "CREATE TABLE bench_claim (coupon_id int, member_id uuid, UNIQUE (coupon_id, member_id));"
                "INSERT INTO bench_hot VALUES (1, 0, 2000000000)"
            )
        tokens = [made.token(member, mall.group_id) for member in members]
        floor = await pgbench(made, FLOOR, clients=32)
        await made.serve()
        rows = [*await _rates(made, mall, tokens, floor), await _fair(made, mall, tokens[:LINE])]
        made.stop()
        return [*rows, await _crowd(made, mall)]


async def _open(made: Stage, mall: seed.Mall, *, total: int, rate: int = 100_000) -> tuple[UUID, UUID]:
    """Open a festival of one voucher with its waiting room, limits out of the way; return its and the coupon's id."""
    async with database(made.dsn) as connection:
        coupon = await seed.coupon(connection, mall, total=total)
        await connection.execute("UPDATE coupons.coupon SET gate = 'festival' WHERE id = $1", coupon)
    now = datetime.now(UTC)
    written = festivals.FestivalInput(
        title_zh="抢券", title_en="Vouchers", opens_at=now - timedelta(minutes=1), closes_at=now + timedelta(hours=6),
        coupon_ids=[coupon], admit_per_s=rate, proof_of_work=False, account_per_minute=MOST, device_per_minute=MOST,
        address_per_minute=MOST, device_claims_max=MOST, address_claims_max=MOST,
    )  # fmt: skip
    runtime = await build_runtime(Settings(secret_key=SECRET, data_dir=made.folder), made.dsn, serving=False)

    async def make(tx: Tx) -> festivals.Festival:
        draft = await festivals.create(tx, mall_id=MallId(mall.id), festival=written, now=now)
        return await festivals.announce(tx, mall_id=MallId(mall.id), festival_id=draft.id, now=written.opens_at)

    made_it = await runtime.db.write(
        Command(kind="bench.festival", actor=SYSTEM, now=now), make, returns=festivals.Festival
    )
    await runtime.stop()
    return made_it.id, coupon


def _with_device(sent: bytes) -> bytes:
    return sent.replace(b"\r\n", f"\r\ngalleria-device: {uuid4()}\r\n".encode(), 1)


def _joins(mall: seed.Mall, festival: UUID, tokens: Sequence[str]) -> list[bytes]:
    path = f"/v1/malls/{mall.id}/festivals/{festival}/queue"
    return [_with_device(request("POST", path, token, {})) for token in tokens]


def _claims(
    mall: seed.Mall, festival: UUID, coupon: UUID, tokens: Sequence[str], tickets: Sequence[str]
) -> list[bytes]:
    path = f"/v1/malls/{mall.id}/festivals/{festival}/coupons/{coupon}/claims"
    return [
        _with_device(request("POST", path, token, {"ticket": ticket}, key=True))
        for token, ticket in zip(tokens, tickets, strict=True)
    ]


def _polls(mall: seed.Mall, festival: UUID, tokens: Sequence[str], tickets: Sequence[str]) -> list[bytes]:
    path = f"/v1/malls/{mall.id}/festivals/{festival}/queue?ticket="
    return [request("GET", path + ticket, token) for token, ticket in zip(tokens, tickets, strict=True)]


async def _queue_up(made: Stage, mall: seed.Mall, festival: UUID, tokens: list[str]) -> tuple[list[str], Row]:
    answers, seconds = await storm(made.port, _joins(mall, festival, tokens), clients=CLIENTS)
    given = [answer for answer in answers if answer is not None and answer.status == 201]
    numbers = {answer.json()["standing"]["number"] for answer in given}
    row = Row(
        name="festival http: numbers a second",
        rate_per_s=len(given) / seconds,
        p50_ms=percentile([a.seconds for a in given], 0.5),
        p99_ms=percentile([a.seconds for a in given], 0.99),
        correct=len(given) == len(tokens) == len(numbers),
    )
    return [answer.json()["ticket"] for answer in given], row


async def _rates(made: Stage, mall: seed.Mall, tokens: list[str], floor: float) -> list[Row]:
    warm, warm_coupon = await _open(made, mall, total=WARM)
    tickets, _ = await _queue_up(made, mall, warm, tokens[:WARM])
    await storm(made.port, _claims(mall, warm, warm_coupon, tokens[:WARM], tickets), clients=CLIENTS)
    festival, coupon = await _open(made, mall, total=GUESTS)
    tickets, queued = await _queue_up(made, mall, festival, tokens)
    polled, seconds = await storm(made.port, _polls(mall, festival, tokens, tickets), clients=CLIENTS)
    shown = [answer for answer in polled if answer is not None and answer.status == 200]
    polls = Row(
        name="festival http: polls a second",
        rate_per_s=len(shown) / seconds,
        p50_ms=percentile([a.seconds for a in shown], 0.5),
        p99_ms=percentile([a.seconds for a in shown], 0.99),
        correct=len(shown) == len(tokens),
    )
    answers, seconds = await storm(made.port, _claims(mall, festival, coupon, tokens, tickets), clients=CLIENTS)
    got = [answer for answer in answers if answer is not None and answer.status == 201]
    rate = len(got) / seconds
    claims = Row(
        name="festival http: claims a second",
        rate_per_s=rate,
        floor_per_s=floor,
        ratio=rate / floor,
        p50_ms=percentile([a.seconds for a in got], 0.5),
        p99_ms=percentile([a.seconds for a in got], 0.99),
        correct=len(got) == len(tokens) and await _consistent(made, mall, coupon, got),
    )
    return [queued, polls, claims]


async def _consistent(made: Stage, mall: seed.Mall, coupon: UUID, got: Sequence[Answer]) -> bool:
    """Return whether the coupon counts the claims that were answered, each a row of its own member."""
    answered = {UUID(answer.json()["id"]) for answer in got}
    async with database(made.dsn) as connection:
        rows = await connection.fetch(
            "SELECT id, member_id FROM coupons.claim WHERE mall_id = $1 AND coupon_id = $2", mall.id, coupon
        )
        claimed = await connection.fetchval("SELECT claimed FROM coupons.coupon WHERE id = $1", coupon)
    return {row["id"] for row in rows} == answered and claimed == len(rows) == len({row["member_id"] for row in rows})


async def _fair(made: Stage, mall: seed.Mall, tokens: list[str]) -> Row:
    """Queue people up over many connections to both processes; hold the order sent against the order served."""
    festival, _ = await _open(made, mall, total=LINE, rate=1000)
    sent = _joins(mall, festival, tokens)
    arrived: list[tuple[float, int]] = []
    connections = [await connect(made.port) for _ in range(CLIENTS)]
    queue = iter(range(len(sent)))

    async def drive(connection: Connection) -> None:
        for i in queue:
            at = time.perf_counter()
            answer = await connection.send(sent[i])
            if answer.status == 201:
                arrived.append((at, answer.json()["standing"]["number"]))

    started = time.perf_counter()
    await asyncio.gather(*(drive(connection) for connection in connections))
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    worst, correlation = _order([number for _, number in sorted(arrived)])
    print(
        f"  fairness over HTTP, {CLIENTS} clients, two processes: rank correlation of arrival and service "
        f"{correlation:.6f}; worst displacement {worst} places of {len(arrived):,}, "
        f"{1000 * worst * seconds / len(arrived):.0f} ms of arrivals"
    )
    fair = correlation > 0.999 and worst <= 2 * CLIENTS
    return Row(name="festival http: fairness", ratio=correlation, correct=fair and len(arrived) == len(tokens))


def _order(served: Sequence[int]) -> tuple[int, float]:
    """Return the worst displacement and Spearman's rank correlation of numbers given in the order of arrival."""
    rank = {number: place for place, number in enumerate(sorted(served))}
    off = [rank[number] - place for place, number in enumerate(served)]
    n = len(off)
    return max(abs(one) for one in off), 1 - 6 * sum(one * one for one in off) / (n * (n * n - 1))


async def _crowd(made: Stage, mall: seed.Mall) -> Row:
    """Release the vouchers to twice as many members in process; check every answer against the database."""
    async with database(made.dsn) as connection:
        await connection.execute(
            """INSERT INTO members.member (group_id, id, phone, created_at)
               SELECT $1, gen_random_uuid(), '+8613' || lpad(n::text, 9, '0'), now()
                 FROM generate_series(1, $2::int) AS n""",
            mall.group_id,
            2 * VOUCHERS,
        )
        await connection.execute(
            """CREATE UNLOGGED TABLE bench_crowd AS SELECT id AS member_id, row_number() OVER () AS place
                 FROM members.member WHERE group_id = $1 AND phone LIKE '+8613%%' ORDER BY random()""".replace(
                "%%", "%"
            ),
            mall.group_id,
        )
        await connection.execute(
            "CREATE UNLOGGED TABLE bench_answer (member_id uuid, claim_id uuid, outcome text NOT NULL)"
        )
        await connection.execute("ANALYZE")
    festival, coupon = await _open(made, mall, total=VOUCHERS)
    print(f"  in process: {VOUCHERS:,} vouchers, {2 * VOUCHERS:,} members, {PROCESSES} processes", flush=True)
    started = time.perf_counter()
    work = [
        festival_crowd.Work(made.dsn, str(made.folder), mall.id, mall.group_id, festival, coupon, part, PROCESSES)
        for part in range(PROCESSES)
    ]
    crowds = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.festival_crowd", msgspec.json.encode(one).decode(), env=made.environment()
        )
        for one in work
    ]
    ended = [await crowd.wait() for crowd in crowds]
    seconds = time.perf_counter() - started
    found = await _checked(made, mall, coupon)
    print(f"  answered: {found['outcomes']}; in {seconds:.0f} s; the database: {found['counts']}")
    correct = ended == [0] * PROCESSES and bool(found["correct"]) and await made.healthy()
    return Row(name="festival in process: the crowd", rate_per_s=2 * VOUCHERS / seconds, correct=correct)


async def _checked(made: Stage, mall: seed.Mall, coupon: UUID) -> dict[str, Any]:
    """Hold every answer against every row: none twice, none lost, none beyond the total, everybody answered."""
    async with database(made.dsn) as connection:
        outcomes = await connection.fetch("SELECT outcome, count(*) FROM bench_answer GROUP BY 1 ORDER BY 2 DESC")
        counts: asyncpg.Record | None = await connection.fetchrow(
            """
            WITH answered AS (SELECT member_id, claim_id FROM bench_answer),
                 claims AS (SELECT id, member_id FROM coupons.claim WHERE mall_id = $1 AND coupon_id = $2)
            SELECT (SELECT claimed FROM coupons.coupon WHERE mall_id = $1 AND id = $2) AS claimed,
                   (SELECT count(*) FROM claims) AS claims,
                   (SELECT count(DISTINCT member_id) FROM claims) AS members,
                   (SELECT count(DISTINCT member_id) FROM answered) AS answered,
                   (SELECT count(*) FROM answered WHERE claim_id IS NOT NULL) AS told,
                   (SELECT count(*) FROM answered AS a
                      JOIN claims AS c ON c.id = a.claim_id AND c.member_id = a.member_id) AS kept,
                   (SELECT count(*) FROM platform.journal AS j JOIN claims AS c ON j.subject = c.id::text
                     WHERE j.kind = 'festivals.claim') AS journaled
            """,
            mall.id,
            coupon,
        )
    if counts is None:
        raise AssertionError("one row of counts")
    sold = {counts[name] for name in ("claimed", "claims", "members", "told", "kept", "journaled")}
    return {
        "outcomes": {row[0]: row[1] for row in outcomes},
        "counts": dict(counts),
        "correct": sold == {VOUCHERS} and counts["answered"] == 2 * VOUCHERS,
    }
