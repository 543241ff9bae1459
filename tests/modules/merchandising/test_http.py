"""A goods file over HTTP: handed in, done by the worker, watched and fetched."""

import asyncio

import httpx
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_staff, make_staff

from galleria import main
from galleria.platform.actors import Grant, Role
from galleria.platform.realtime import Notice
from galleria.platform.runtime import Runtime
from galleria.worker import drain

TASKS = [task for module in main.MODULES for task in module.tasks]


async def manager(runtime: Runtime, mall: MadeMall, merchant: int) -> dict[str, str]:
    grant = Grant(role=Role.MERCHANT_MANAGER, group_id=mall.group_id, merchant_id=mall.merchant_ids[merchant])
    return await as_staff(runtime, await make_staff(runtime, mall.group_id, [grant]))


async def test_a_file_goes_in_and_comes_out(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    headers, base = await manager(runtime, mall, 0), f"/v1/malls/{mall.mall_id}"
    shop = f"{base}/shops/{mall.shop_ids[0]}"
    heard: list[Notice] = []

    async def listen() -> None:
        async for notice in runtime.hub.stream([f"shop:{mall.shop_ids[0]}"]):
            heard.extend(n for n in (notice,) if n is not None)

    listening = asyncio.create_task(listen())
    text = "code,kind,name_zh,name_en,category,sku,price,stock\ntea,physical,红茶,Black Tea,coffee,T-1,18.50,6\n"
    sent = await client.post(f"{shop}/goods/import", headers=headers, files={"file": ("茶.csv", text.encode("gbk"))})
    assert (sent.status_code, sent.json()["state"], sent.json()["file_name"]) == (201, "queued", "茶.csv")
    await drain(runtime, tasks=TASKS)
    done = (await client.get(f"{base}/transfers/{sent.json()['id']}", headers=headers)).json()
    assert (done["state"], done["created_products"], done["rows_done"], done["problems"]) == ("done", 1, 1, [])
    asked = await client.post(f"{shop}/goods/export", headers=headers)
    url = f"{base}/transfers/{asked.json()['id']}"
    assert (await client.get(f"{url}/file", headers=headers)).status_code == 404
    await drain(runtime, tasks=TASKS)
    file = await client.get(f"{url}/file", headers=headers)
    assert (file.status_code, file.headers["content-type"].split(";")[0]) == (200, "text/csv")
    assert "tea,physical,红茶,Black Tea,,,coffee,draft,,,T-1,,,,18.50,6" in file.content.decode("utf-8-sig")
    for path in ("", "/file", "/problems"):
        assert (await client.get(f"{url}{path}", headers=await manager(runtime, mall, 1))).status_code == 403
    listed = (await client.get(f"{shop}/transfers", headers=headers)).json()["items"]
    assert [t["kind"] for t in listed] == ["goods_export", "goods_import"]
    listening.cancel()
    progress = [n for n in heard if n.kind == "merchandising.progress"]
    assert {n.data["state"] for n in progress} == {"running", "done"}


async def test_a_file_of_no_use_is_refused_in_both_languages(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    headers, base = await manager(runtime, mall, 0), f"/v1/malls/{mall.mall_id}"
    sent = await client.post(
        f"{base}/shops/{mall.shop_ids[0]}/goods/import", headers=headers, files={"file": ("x.csv", b"\x89PNG\r\n\x00")}
    )
    await drain(runtime, tasks=TASKS)
    ended = (await client.get(f"{base}/transfers/{sent.json()['id']}", headers=headers)).json()
    assert (ended["state"], ended["problems_total"] > 0) == ("failed", True)
    assert all(p["message_zh"] and p["message_en"] and p["file"] == "x.csv" for p in ended["problems"])


async def test_a_form_without_a_file_is_refused(runtime: Runtime, client: httpx.AsyncClient) -> None:
    mall = await make_mall(runtime)
    answer = await client.post(
        f"/v1/malls/{mall.mall_id}/shops/{mall.shop_ids[0]}/goods/import",
        headers=await manager(runtime, mall, 0),
        data={"file": "text"},
    )
    assert answer.status_code == 422
