"""Goods files from upload to shelf: whole or not at all."""

import csv
import io
import time
from datetime import UTC, datetime

import pytest
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall

from galleria.commerce import merchandising
from galleria.commerce.merchandising.wiring import MODULE
from galleria.foundation import catalog
from galleria.kernel.ids import OrderId, ShopId, StaffId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import stock

HEADING = (
    "code,kind,name_zh,name_en,text_zh,text_en,category,state,valid_days,pictures,sku,barcode,option_zh,option_en,"
    "price,stock\n"
)


@pytest.fixture
async def mall(runtime: Runtime) -> MadeMall:
    return await make_mall(runtime)


async def transfer(runtime: Runtime, mall: MadeMall, shop_id: ShopId, content: bytes | None) -> merchandising.Transfer:
    """Hand in a file, or ask for one, do the job, and return how it ended."""
    source = None if content is None else await runtime.files.put(content, "csv")
    kind = merchandising.TransferKind.GOODS_EXPORT if content is None else merchandising.TransferKind.GOODS_IMPORT
    now = datetime.now(UTC)

    async def start(tx: Tx) -> merchandising.Transfer:
        started = await merchandising.start(
            tx, kind=kind, mall_id=mall.mall_id, shop_id=shop_id, staff_id=StaffId(new_id()), file_name="goods.csv",
            source_file=source, now=now,
        )  # fmt: skip
        tx.jobs.clear()
        return started

    started = await runtime.db.write(
        Command(kind="tests.start", actor=SYSTEM, now=now), start, returns=merchandising.Transfer
    )
    for _ in range(2):
        await MODULE.tasks[0].handler(runtime, mall_id=str(mall.mall_id), transfer_id=str(started.id))
    async with runtime.db.read() as tx:
        return await merchandising.get_transfer(tx, mall_id=mall.mall_id, transfer_id=started.id)


async def exported(runtime: Runtime, mall: MadeMall, shop_id: ShopId) -> bytes:
    done = await transfer(runtime, mall, shop_id, None)
    assert (done.state, done.has_file) == (merchandising.TransferState.DONE, True)
    async with runtime.db.read() as tx:
        name = await tx.value(
            "SELECT result_file FROM merchandising.transfer WHERE mall_id = $1 AND id = $2", mall.mall_id, done.id
        )
    path = runtime.files.find(name)
    assert path is not None
    return path.read_bytes()


async def test_goods_arrive_with_stock_and_are_found(runtime: Runtime, mall: MadeMall) -> None:
    text = HEADING + (
        "flat,physical,馥芮白,Flat White,丝滑,Smooth,coffee,published,,,F-L,,大杯,Large,32.00,7\n"
        "flat,,,,,,,,,,F-S,,小杯,Small,28,\n"
        "gift,voucher,咖啡券,Coffee Voucher,到店用,Use in shop,coffee,draft,90,,G-1,,,,100,50\n"
    )
    done = await transfer(runtime, mall, mall.shop_ids[0], text.encode("gbk"))
    assert (done.state, done.problems) == (merchandising.TransferState.DONE, [])
    assert (done.rows_total, done.rows_done, done.created_products, done.changed_products) == (3, 3, 2, 0)
    async with runtime.db.read() as tx:
        found = (await catalog.list_products(tx, mall_id=mall.mall_id, words="馥芮白")).items
        variants = await catalog.list_variants(tx, mall_id=mall.mall_id, shop_id=mall.shop_ids[0], limit=10)
        left = await stock.available(tx, mall.mall_id, [v.id for v in variants.items])
    assert [(p.name_en, p.price_min_minor) for p in found] == [("Flat White", 2800)]
    assert [(v.sku, left[v.id]) for v in variants.items] == [("F-L", 7), ("F-S", 0), ("G-1", 50)]


async def test_a_bad_file_changes_nothing_and_tells_all(runtime: Runtime, mall: MadeMall) -> None:
    text = HEADING + (
        "ok,physical,好的,Fine,x,x,coffee,published,,,OK-1,,,,32.00,7\n"
        "bad,physical,坏的,Bad,x,x,tea,published,,,B-1,,,,zero,7\n"
    )
    done = await transfer(runtime, mall, mall.shop_ids[0], text.encode())
    assert (done.state, done.problems_total) == (merchandising.TransferState.FAILED, 2)
    assert [(p.file, p.line, p.field, p.code) for p in done.problems] == [
        ("goods.csv", 3, "category", "category_unknown"),
        ("goods.csv", 3, "price", "price"),
    ]
    assert done.problems[0].message_zh == "商场没有编码为“tea”的分类"
    assert "tea" in done.problems[0].message_en
    async with runtime.db.read() as tx:
        assert await catalog.shop_products(
            tx, mall_id=mall.mall_id, shop_id=mall.shop_ids[0], after=None, limit=9
        ) == []  # fmt: skip
        page = await merchandising.list_problems(tx, mall_id=mall.mall_id, transfer_id=done.id, cursor=None, limit=1)
        rest = await merchandising.list_problems(
            tx, mall_id=mall.mall_id, transfer_id=done.id, cursor=page.next_cursor, limit=1
        )
    assert [*page.items, *rest.items] == done.problems
    assert rest.next_cursor is None


async def test_an_export_comes_back_to_the_letter(runtime: Runtime, mall: MadeMall) -> None:
    shop, other = mall.shop_ids[0], mall.shop_ids[1]
    await make_product(
        runtime, mall, shop, on_hand=3, name_zh="=HYPERLINK(1)", text_zh='一行,"引号"\n二行 ', text_en=" 'kept ",
        variants=[
            catalog.VariantInput(sku="A-1", price_minor=1, name_zh="+大", name_en="-L", barcode="690"),
            catalog.VariantInput(sku="A-0", price_minor=99999, name_zh="小", name_en="S"),
        ],
    )  # fmt: skip
    await make_product(runtime, mall, shop, kind=catalog.Kind.VOUCHER, publish=False, variants=[], text_zh="")
    await make_product(runtime, mall, shop, kind=catalog.Kind.SERVICE)
    first = await exported(runtime, mall, shop)
    cells = [cell for row in csv.reader(io.StringIO(first.decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]
    again = await transfer(runtime, mall, shop, first)
    assert (again.state, again.problems, again.created_products, again.changed_products) == ("done", [], 0, 0)
    assert await exported(runtime, mall, shop) == first
    moved = await transfer(runtime, mall, other, first)
    assert (moved.problems, moved.created_products) == ([], 3)
    assert await exported(runtime, mall, other) == first


async def test_promised_stock_is_not_counted_away(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(runtime, mall, mall.shop_ids[0], on_hand=5)
    variant = product.variants[0]
    now = datetime.now(UTC)

    async def promise(tx: Tx) -> None:
        await stock.reserve(
            tx, mall_id=mall.mall_id, order_id=OrderId(new_id()), wants=[(variant.id, 3)], expires_at=now
        )

    await runtime.db.write(Command(kind="tests.promise", actor=SYSTEM, now=now), promise, returns=type(None))
    low = await transfer(runtime, mall, mall.shop_ids[0], f"sku,stock\n{variant.sku},2\n".encode())
    assert [(p.field, p.code) for p in low.problems] == [("stock", "stock_promised")]
    fine = await transfer(runtime, mall, mall.shop_ids[0], f"sku,stock\n{variant.sku},3\n".encode())
    assert fine.state == "done"
    async with runtime.db.read() as tx:
        assert await stock.available(tx, mall.mall_id, [variant.id]) == {variant.id: 0}


async def test_a_retired_sku_of_another_product_is_refused_whole(runtime: Runtime, mall: MadeMall) -> None:
    product = await make_product(
        runtime, mall, mall.shop_ids[0], publish=False, variants=[catalog.VariantInput(sku="OLD", price_minor=5)]
    )
    now = datetime.now(UTC)
    await runtime.db.write(
        Command(kind="tests.retire", actor=SYSTEM, now=now),
        lambda tx: catalog.change_product(
            tx, mall_id=mall.mall_id, product_id=product.id, patch=catalog.ProductPatch(variants=[]), now=now
        ),
        returns=catalog.Product,
    )
    text = HEADING + "new,physical,新,New,x,x,coffee,draft,,,OLD,,,,3,1\n"
    done = await transfer(runtime, mall, mall.shop_ids[0], text.encode())
    assert [(p.line, p.code) for p in done.problems] == [(2, "sku_elsewhere")]


async def test_twenty_thousand_lines_take_seconds(runtime: Runtime, mall: MadeMall) -> None:
    lines = [
        f"p{i // 2},physical,亚麻宽松衬衫{i // 2},Linen Shirt {i // 2},透气的亚麻面料适合夏天,Airy linen for summer,"
        f"fashion,published,,,S{i},,尺码{i % 2},Size {i % 2},199.00,{i % 50}\n"
        for i in range(20_000)
    ]
    started = time.perf_counter()
    done = await transfer(runtime, mall, mall.shop_ids[2], (HEADING + "".join(lines)).encode())
    assert (done.state, done.created_products, done.rows_done) == ("done", 10_000, 20_000)
    assert time.perf_counter() - started < 60
