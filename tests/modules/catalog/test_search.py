"""Finding goods in Chinese and in English."""

import pytest
from tests.factories.catalog import make_product
from tests.factories.malls import MadeMall, make_mall

from galleria.foundation import catalog
from galleria.platform.runtime import Runtime


@pytest.fixture(scope="module")
async def mall(runtime: Runtime) -> MadeMall:
    made = await make_mall(runtime)
    coffee, fashion = made.category_ids[1], made.category_ids[2]
    await make_product(runtime, made, made.shop_ids[0], name_zh="燕麦拿铁", name_en="Oat Latte", weight=5)
    await make_product(
        runtime, made, made.shop_ids[0], name_zh="冷萃咖啡", name_en="Cold Brew", text_zh="可配拿铁杯", weight=50,
        category_id=coffee,
    )  # fmt: skip
    await make_product(
        runtime, made, made.shop_ids[2], name_zh="亚麻宽松衬衫", name_en="Linen Shirt", text_zh="透气。",
        text_en="Airy linen.", category_id=fashion,
    )  # fmt: skip
    await make_product(runtime, made, made.shop_ids[2], name_zh="羊毛围巾", name_en="Wool Scarf", category_id=fashion)
    await make_product(runtime, made, made.shop_ids[0], name_zh="未上架拿铁", name_en="Hidden Latte", publish=False)
    return made


async def found(runtime: Runtime, mall: MadeMall, words: str) -> list[str]:
    async with runtime.db.read() as tx:
        page = await catalog.list_products(tx, mall_id=mall.mall_id, words=words)
    return [item.name_zh for item in page.items]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("拿铁", "燕麦拿铁"),
        ("麦拿", "燕麦拿铁"),
        ("燕", "燕麦拿铁"),
        ("ｌａｔｔｅ", "燕麦拿铁"),
        ("latt", "燕麦拿铁"),
        ("linen shirts", "亚麻宽松衬衫"),
        ("shirts lin", "亚麻宽松衬衫"),
        ("LINEN", "亚麻宽松衬衫"),
        ("衬衫", "亚麻宽松衬衫"),
        ("宽松的衬衫", "亚麻宽松衬衫"),
        ("亚麻 shirt", "亚麻宽松衬衫"),
        ("服饰 围巾", "羊毛围巾"),
        ("3号店 围巾", "羊毛围巾"),
        ("wool scarfs", "羊毛围巾"),
    ],
)
async def test_words_find_goods(runtime: Runtime, mall: MadeMall, words: str, first: str) -> None:
    names = await found(runtime, mall, words)
    assert names[:1] == [first]
    assert "未上架拿铁" not in names


async def test_a_name_outranks_a_text_however_popular(runtime: Runtime, mall: MadeMall) -> None:
    assert await found(runtime, mall, "拿铁") == ["燕麦拿铁", "冷萃咖啡"]


async def test_every_word_must_fit(runtime: Runtime, mall: MadeMall) -> None:
    assert await found(runtime, mall, "羊毛衬衫") == []


@pytest.mark.parametrize("words", ["!!!", "zzzz", "羊毛衬衫", "' & | :*"])
async def test_a_search_without_hits_offers_something(runtime: Runtime, mall: MadeMall, words: str) -> None:
    async with runtime.db.read() as tx:
        page = await catalog.list_products(tx, mall_id=mall.mall_id, words=words)
    assert page.items == []
    assert page.instead
    if words == "羊毛衬衫":
        assert {card.category_id for card in page.instead} == {mall.category_ids[2]}


async def test_other_malls_see_none_of_it(runtime: Runtime, mall: MadeMall) -> None:
    other = await make_mall(runtime)
    async with runtime.db.read() as tx:
        page = await catalog.list_products(tx, mall_id=other.mall_id, words="拿铁")
    assert (page.items, page.instead) == ([], [])


async def test_suggestions_name_categories_shops_and_goods(runtime: Runtime, mall: MadeMall) -> None:
    async with runtime.db.read() as tx:
        kinds = {s.kind for s in (await catalog.suggest(tx, mall_id=mall.mall_id, words="咖啡")).items}
        names = [s.name_en for s in (await catalog.suggest(tx, mall_id=mall.mall_id, words="oat la")).items]
    assert kinds == {catalog.SuggestionKind.CATEGORY, catalog.SuggestionKind.PRODUCT}
    assert names == ["Oat Latte"]


@pytest.mark.parametrize("sort", [*catalog.Sort, None])
async def test_pages_follow_each_other_without_gap_or_repeat(
    runtime: Runtime, mall: MadeMall, sort: catalog.Sort | None
) -> None:
    words = "店" if sort is None else None
    async with runtime.db.read() as tx:
        whole = await catalog.list_products(tx, mall_id=mall.mall_id, sort=sort, words=words)
        seen, cursor = [], None
        while True:
            page = await catalog.list_products(tx, mall_id=mall.mall_id, sort=sort, words=words, limit=1, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(whole.items) == 4
    assert seen == whole.items
