"""Two goods files for one shop at the same moment: each is applied whole, one after the other."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.factories.malls import MadeMall, make_mall

from galleria.commerce import merchandising
from galleria.commerce.merchandising.wiring import MODULE
from galleria.foundation import catalog
from galleria.kernel.ids import StaffId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx

HEADING = "code,kind,name_zh,name_en,category,sku,price,stock\n"


async def started(runtime: Runtime, mall: MadeMall, text: str) -> UUID:
    source, now = await runtime.files.put((HEADING + text).encode(), "csv"), datetime.now(UTC)

    async def start(tx: Tx) -> merchandising.Transfer:
        made = await merchandising.start(
            tx, kind=merchandising.TransferKind.GOODS_IMPORT, mall_id=mall.mall_id, shop_id=mall.shop_ids[0],
            staff_id=StaffId(new_id()), file_name="goods.csv", source_file=source, now=now,
        )  # fmt: skip
        tx.jobs.clear()
        return made

    command = Command(kind="tests.start", actor=SYSTEM, now=now)
    return (await runtime.db.write(command, start, returns=merchandising.Transfer)).id


async def race(runtime: Runtime, mall: MadeMall) -> list[merchandising.Transfer]:
    """Import two files at once that give the same new SKUs to different products."""
    files = [
        "".join(f"{tag}{i},physical,名,Name,coffee,S{i},5,{n}\n" for i in range(300)) for n, tag in ((1, "a"), (2, "b"))
    ]
    ids = [await started(runtime, mall, text) for text in files]
    handler = MODULE.tasks[0].handler
    await asyncio.gather(*(handler(runtime, mall_id=str(mall.mall_id), transfer_id=str(i)) for i in ids * 2))
    async with runtime.db.read() as tx:
        return [await merchandising.get_transfer(tx, mall_id=mall.mall_id, transfer_id=i) for i in ids]


async def test_one_is_applied_and_the_other_told_every_line(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    ends = sorted(await race(runtime, mall), key=lambda t: t.state)
    assert [(t.state, t.created_products, t.problems_total) for t in ends] == [("done", 300, 0), ("failed", 0, 300)]
    assert {(p.field, p.code) for p in ends[1].problems} == {("sku", "sku_elsewhere")}
    async with runtime.db.read() as tx:
        goods = await catalog.shop_products(tx, mall_id=mall.mall_id, shop_id=mall.shop_ids[0], after=None, limit=1000)
    assert (len(goods), len({p.code[0] for p in goods})) == (300, 1)


async def test_twin_without_the_lock_loses_the_list_of_problems(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both check against an empty shop at once; only the unique SKU is left to stop the second, at its first line."""

    both_have_read = asyncio.Barrier(2)

    async def unlocked(_tx: Tx, _shop_id: object) -> None:
        """Leave the shop open to the other file."""

    async def nobody_there(_tx: Tx, **_: object) -> list[catalog.Stored]:
        await asyncio.wait_for(both_have_read.wait(), 10)
        return []

    monkeypatch.setattr("galleria.commerce.merchandising.store.lock_shop", unlocked)
    monkeypatch.setattr("galleria.foundation.catalog.lock_shop_products", nobody_there)
    mall = await make_mall(runtime)
    files = [f"{tag},physical,名,Name,coffee,S1,5,1\n{tag},,,,,S2,5,1\n" for tag in ("a", "b")]
    ids = [await started(runtime, mall, text) for text in files]
    handler = MODULE.tasks[0].handler
    await asyncio.gather(*(handler(runtime, mall_id=str(mall.mall_id), transfer_id=str(i)) for i in ids))
    async with runtime.db.read() as tx:
        ends = [await merchandising.get_transfer(tx, mall_id=mall.mall_id, transfer_id=i) for i in ids]
    failed = next(t for t in ends if t.state == "failed")
    assert [(p.line, p.code) for p in failed.problems] == [(0, "sku_taken")]
