"""Settlement over HTTP: a sale with its fee on a statement, exports, and who may see what."""

from datetime import timedelta

import httpx
from tests.factories.counter import manager, operator
from tests.factories.settlement import moved, sound
from tests.modules.invoices.test_invoices import bought

from galleria.kernel.ids import new_id
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime


def keyed(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"idempotency-key": new_id().hex}


async def test_from_a_sale_to_the_bank(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, _ = await bought(runtime, client)
    mall, base = shopper.mall, f"{shopper.base}/settlement"
    one, other = await operator(runtime, mall), await operator(runtime, mall)
    await runtime.db.pool.execute(
        "ALTER TABLE ledger.entry DISABLE TRIGGER entry_is_immutable;"
        f"UPDATE ledger.entry SET at = at - interval '2 days' WHERE mall_id = '{mall.mall_id}';"
        "ALTER TABLE ledger.entry ENABLE TRIGGER entry_is_immutable"
    )
    body = {"merchant_id": str(mall.merchant_ids[0]), "ends_on": str((utc_now() - timedelta(days=1)).date())}
    closed = await client.post(f"{base}/statements", json=body, headers=keyed(one))
    assert closed.status_code == 201, closed.text
    statement = closed.json()
    assert (statement["closing_minor"], statement["lines"][0]) == (
        16000, {"kind": "sales", "amount_minor": 16000, "entries": 1}
    )  # fmt: skip
    where = f"{base}/statements/{statement['id']}"
    entries = (await client.get(f"{where}/entries", headers=one)).json()["items"]
    assert [(entry["number"] != "", entry["goods_minor"]) for entry in entries] == [(True, 16000)]
    csv = (await client.get(f"{where}/export.csv", headers=one)).text
    assert "160.00" in csv
    assert (await client.get(f"{where}/statement.pdf", headers=one)).content.startswith(b"%PDF")
    assert (await client.post(f"{where}/check", headers=keyed(one))).json()["state"] == "checked"
    same = await client.post(f"{where}/approve", headers=keyed(one))
    assert (same.status_code, same.json()["code"]) == (409, "settlement_same_person")
    paid = (await client.post(f"{where}/approve", headers=keyed(other))).json()
    assert paid["payout_state"] == "due"
    payout = f"{base}/payouts/{paid['payout_id']}"
    sent = await client.post(f"{payout}/send", json={"bank_reference": "ICBC-7"}, headers=keyed(one))
    assert sent.json()["state"] == "sent"
    assert (await client.post(f"{payout}/paid", headers=keyed(one))).json()["state"] == "paid"
    positions = (await client.get(f"{base}/positions", headers=one)).json()
    assert positions["sum_minor"] == 0
    await sound(runtime)


async def test_a_merchant_sees_its_own_and_signs_nothing(runtime: Runtime, client: httpx.AsyncClient) -> None:
    shopper, _ = await bought(runtime, client)
    mall, base = shopper.mall, f"{shopper.base}/settlement"
    boss = await operator(runtime, mall)
    made = []
    for merchant in mall.merchant_ids:
        await moved(runtime, mall, merchant, 500, at=utc_now() - timedelta(days=3))
        body = {"merchant_id": str(merchant), "ends_on": str((utc_now() - timedelta(days=1)).date())}
        made.append((await client.post(f"{base}/statements", json=body, headers=keyed(boss))).json()["id"])
    mine = await manager(runtime, mall)
    seen = (await client.get(f"{base}/statements", headers=mine)).json()["items"]
    assert [one["id"] for one in seen] == made[:1]
    assert (await client.get(f"{base}/statements/{made[1]}", headers=mine)).status_code == 404
    assert (await client.get(f"{base}/positions", headers=mine)).status_code == 403
    refused = await client.post(f"{base}/statements/{made[0]}/check", headers=keyed(mine))
    assert refused.status_code == 403
    terms = await client.post(f"{base}/terms", json={"fee_bp": 1}, headers=keyed(mine))
    assert terms.status_code == 403
    assert (await client.post(f"{base}/terms", json={"fee_bp": 600}, headers=keyed(boss))).status_code == 201
    assert (await client.get(f"{base}/terms", headers=mine)).json()["items"][0]["fee_bp"] == 600
