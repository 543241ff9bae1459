"""The doors of a festival over HTTP: refusals first, then the way in."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.factories.coupons import make_coupon
from tests.factories.festivals import Guest, guest, make_festival, solve
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, make_member

from galleria.engagement.festivals.model import District
from galleria.kernel.ids import new_id
from galleria.platform.runtime import Runtime
from galleria.platform.tx import ReadTx


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    if status in {429, 503}:
        assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_draft_is_not_found(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall, announced=False)
    one = await guest(runtime, client, mall, festival)
    refused(await client.get(one.path), 404, "not_found")
    refused(await one.queue(), 404, "not_found")
    refused(await one.claim(None), 404, "not_found")
    listed = await client.get(f"/v1/malls/{mall.mall_id}/festivals")
    assert str(festival.id) not in listed.text


async def test_nobody_queues_before_the_lead_nor_claims_before_the_opening(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    opens_at = datetime.now(UTC) + timedelta(minutes=8)
    early = await make_festival(runtime, mall, opens_at=opens_at, queue_lead_s=60)
    refused(await (await guest(runtime, client, mall, early)).queue(), 409, "festival_not_open")
    soon = await make_festival(runtime, mall, opens_at=opens_at, queue_lead_s=600)
    one = await guest(runtime, client, mall, soon)
    queued = await one.queue()
    assert queued.status_code == 201
    standing = queued.json()["standing"]
    assert (standing["position"], standing["serving"], standing["your_turn"]) == (1, 0, False)
    assert datetime.fromisoformat(standing["turn_at"]) == opens_at
    refused(await one.claim(queued.json()["ticket"]), 409, "festival_not_open")


async def test_after_the_end_the_doors_are_shut(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    now = datetime.now(UTC)
    over = await make_festival(runtime, mall, opens_at=now - timedelta(hours=2), closes_at=now - timedelta(hours=1))
    one = await guest(runtime, client, mall, over)
    refused(await one.queue(), 409, "festival_ended")
    refused(await one.claim("x"), 409, "festival_ended")


async def test_without_a_device_or_a_ticket_nobody_claims(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    festival = await make_festival(runtime, mall)
    one, other = [await guest(runtime, client, mall, festival) for _ in range(2)]
    ticket = (await one.queue()).json()["ticket"]
    for wrong in (None, "", "abc", ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB")):
        refused(await one.claim(wrong), 400, "queue_ticket_wrong")
    refused(await other.claim(ticket), 400, "queue_ticket_wrong")
    refused(await other.look(ticket), 400, "queue_ticket_wrong")
    elsewhere = Guest(client, await make_festival(runtime, mall), one.headers)
    refused(await elsewhere.claim(ticket), 400, "queue_ticket_wrong")
    nowhere = Guest(client, festival, {name: value for name, value in one.headers.items() if "device" not in name})
    nowhere.headers["galleria-device"] = "not a uuid"
    refused(await nowhere.claim(ticket), 400, "device_missing")
    refused(await nowhere.queue(), 400, "device_missing")


async def test_a_coupon_of_no_festival_is_not_claimed_through_one(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    one = await guest(runtime, client, mall, await make_festival(runtime, mall))
    other = await make_coupon(runtime, mall.mall_id)
    ticket = (await one.queue()).json()["ticket"]
    refused(await one.claim(ticket, other.id), 404, "not_found")


async def test_a_claim_needs_a_key(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    one = await guest(runtime, client, mall, await make_festival(runtime, mall))
    path = f"{one.path}/coupons/{one.coupon_ids[0]}/claims"
    refused(await client.post(path, json={}, headers=one.headers), 400, "key_required")


async def test_before_its_turn_a_ticket_is_told_when(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    festival = await make_festival(runtime, mall, admit_per_s=1)
    guests = [await guest(runtime, client, mall, festival) for _ in range(6)]
    tickets = [(await one.queue()).json() for one in guests]
    assert [t["standing"]["number"] for t in tickets] == sorted(t["standing"]["number"] for t in tickets)
    last = tickets[-1]["standing"]
    assert last["position"] >= 1
    answer = await guests[-1].claim(tickets[-1]["ticket"])
    refused(answer, 429, "not_your_turn")
    assert (await guests[0].claim(tickets[0]["ticket"])).status_code == 201


async def test_asking_again_never_gives_a_better_number(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    festival = await make_festival(runtime, mall, admit_per_s=1)
    one, other = [await guest(runtime, client, mall, festival) for _ in range(2)]
    first = (await one.queue()).json()["standing"]["number"]
    await other.queue()
    again = await asyncio.gather(*(one.queue() for _ in range(5)))
    assert {answer.json()["standing"]["number"] for answer in again} == {first}


async def test_proof_of_work_is_asked_for_and_taken_once(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    festival = await make_festival(runtime, mall, proof_of_work=True, difficulty=2000)
    one, other = [await guest(runtime, client, mall, festival) for _ in range(2)]
    refused(await one.queue(), 400, "proof_wrong")
    challenge = (await client.get(f"{one.path}/challenge", headers=one.headers)).json()
    proof = solve(challenge)
    refused(await other.queue(proof=proof), 400, "proof_wrong")
    assert (await one.queue(proof=proof)).status_code == 201
    refused(await one.queue(proof=proof), 400, "proof_wrong")


@pytest.mark.parametrize(("limit", "same"), [("account", "account"), ("device", "device"), ("address", "address")])
async def test_too_many_requests_are_turned_away(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, limit: str, same: str
) -> None:
    few: dict[str, Any] = {f"{limit}_per_minute": 3}
    festival = await make_festival(runtime, mall, **few)
    device = str(new_id())
    if same == "account":
        one = await guest(runtime, client, mall, festival)
        guests = [one] * 4
    elif same == "device":
        guests = [await guest(runtime, client, mall, festival, **{"galleria-device": device}) for _ in range(4)]
    else:
        guests = [await guest(runtime, client, mall, festival) for _ in range(4)]
    answers = [await one.queue() for one in guests]
    assert [answer.status_code for answer in answers[:3]] == [201] * 3
    refused(answers[3], 429, "too_many")


async def test_a_late_comer_still_gets_in(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall, admit_per_s=1)
    guests = [await guest(runtime, client, mall, festival) for _ in range(3)]
    tickets = [(await one.queue()).json()["ticket"] for one in guests]
    await runtime.db.pool.execute(
        """UPDATE festivals.festival SET turn_s = 10, opens_at = opens_at - interval '1 hour',
                  pace_since = pace_since - interval '1 hour' WHERE id = $1""",
        festival.id,
    )
    await asyncio.sleep(0.6)
    await guests[0].look(tickets[0])
    await asyncio.sleep(0.2)
    answers = await asyncio.gather(*(one.claim(ticket) for one, ticket in zip(guests, tickets, strict=True)))
    assert 201 in {answer.status_code for answer in answers}
    for one, ticket, answer in zip(guests, tickets, answers, strict=True):
        if answer.status_code != 201:
            refused(answer, 429, "late_comers_wait")
            await asyncio.sleep(1.1)
            statuses = [(await one.claim(ticket)).status_code for _ in range(2)]
            assert 201 in statuses
            await asyncio.sleep(1.1)


async def test_who_waits_hears_at_once_that_all_are_gone_and_what_else_there_is(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    mall = await make_mall(runtime)
    other = await make_coupon(runtime, mall.mall_id, title_en="Something else")
    festival = await make_festival(runtime, mall, coupon={"total": 1}, admit_per_s=2)
    guests = [await guest(runtime, client, mall, festival) for _ in range(8)]
    tickets = [(await one.queue()).json()["ticket"] for one in guests]
    assert (await guests[0].claim(tickets[0])).status_code == 201
    await asyncio.sleep(0.6)
    await guests[-1].look(tickets[-1])
    await asyncio.sleep(0.2)
    standing = (await guests[-1].look(tickets[-1])).json()
    assert standing["sold_out"] is True
    assert str(other.id) in {one["coupon_id"] for one in standing["alternatives"]}
    page = (await client.get(guests[0].path, headers=guests[0].headers)).json()
    assert (page["sold_out"], page["mine"]) == (True, [str(festival.coupon_ids[0])])


async def test_without_a_waiting_room_people_walk_in(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    festival = await make_festival(runtime, mall, waiting_room=False)
    one = await guest(runtime, client, mall, festival)
    assert (await one.claim(None)).status_code == 201
    refused(await one.claim(None), 409, "coupon_limit_reached")


async def test_districts_are_said_when_queueing_up(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    districts = [District("east", "东区", "East")]
    festival = await make_festival(runtime, mall, districts=districts)
    one = await guest(runtime, client, mall, festival)
    refused(await one.queue(), 422, "invalid")
    refused(await one.queue(district="west"), 422, "invalid")
    assert (await one.queue(district="east")).status_code == 201


async def test_the_same_key_claims_once(runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall) -> None:
    festival = await make_festival(runtime, mall, coupon={"per_member": 5})
    one = await guest(runtime, client, mall, festival)
    ticket = (await one.queue()).json()["ticket"]
    answers = [await one.claim(ticket, key="the-same-key") for _ in range(3)]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_polling_asks_the_database_nothing(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall, monkeypatch: pytest.MonkeyPatch
) -> None:
    festival = await make_festival(runtime, mall)
    one = await guest(runtime, client, mall, festival)
    ticket = (await one.queue()).json()["ticket"]
    await one.look(ticket)
    taken, read = 0, runtime.db.read

    def counted() -> AbstractAsyncContextManager[ReadTx]:
        nonlocal taken
        taken += 1
        return read()

    monkeypatch.setattr(runtime.db, "read", counted)
    answers = [await one.look(ticket) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert taken <= 3, "one reading of the festival each half second, whoever asks"


async def test_a_member_of_another_group_has_no_business_here(
    runtime: Runtime, client: httpx.AsyncClient, mall: MadeMall
) -> None:
    festival = await make_festival(runtime, mall)
    elsewhere = await make_mall(runtime)
    stranger = Guest(client, festival, await as_member(runtime, await make_member(runtime, elsewhere.group_id)))
    assert (await stranger.queue()).status_code == 403
