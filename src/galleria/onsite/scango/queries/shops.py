"""What shops have set up, and files of barcodes read."""

from galleria.foundation import catalog, malls
from galleria.kernel import sheets
from galleria.kernel.errors import Invalid, NotFound
from galleria.kernel.ids import MallId, ShopId, VariantId
from galleria.kernel.paging import Page, decode_cursor, page_of
from galleria.onsite.scango import rules, store
from galleria.onsite.scango.model import (
    BarcodeRow,
    ImportProblem,
    LabelFormat,
    NewBarcode,
    ScanShop,
    Terms,
    TermsInput,
)
from galleria.platform import i18n
from galleria.platform.tx import ReadTx

FORM = sheets.Form(
    columns=("barcode", "sku", "min_age"),
    headings={"条码": "barcode", "商品条码": "barcode", "货号": "sku", "最低年龄": "min_age", "年龄限制": "min_age"},
    needed=("barcode", "sku"),
    rows_max=20_000,
)
AGE_MAX = 99


async def terms(tx: ReadTx, *, mall_id: MallId, shop_id: ShopId) -> Terms:
    """Return a shop's terms; of one that never set any, those it would begin with, not active."""
    found = await store.terms(tx, mall_id, shop_id)
    if found is not None:
        return found
    new = TermsInput(active=False)
    return Terms(
        shop_id=shop_id,
        active=new.active,
        check_bp=new.check_bp,
        newcomer_bp=new.newcomer_bp,
        removed_pieces=new.removed_pieces,
        value_minor=new.value_minor,
        rescan_pieces=new.rescan_pieces,
        idle_minutes=new.idle_minutes,
        formats=[],
        changed_at=None,
    )


async def scan_shops(tx: ReadTx, *, mall_id: MallId) -> list[ScanShop]:
    """Return the open shops in which one can scan and go."""
    found = []
    for shop_id in await store.offering(tx, mall_id):
        try:
            shop = await malls.get_shop(tx, mall_id, shop_id)
        except NotFound:
            continue
        if shop.state is malls.ShopState.OPEN:
            found.append(
                ScanShop(
                    shop_id=shop.id,
                    name_zh=shop.name_zh,
                    name_en=shop.name_en,
                    floor_code=shop.floor_code,
                    unit_code=shop.unit_code,
                    picture=shop.picture,
                )
            )
    return found


async def list_barcodes(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, q: str, cursor: str | None, limit: int
) -> Page[BarcodeRow]:
    """Return a shop's barcodes that hold the digits `q`, in order, with the goods they are on."""
    after = "" if cursor is None else decode_cursor(cursor, tuple[str])[0].replace("\x00", "")
    page = page_of(
        await store.list_barcodes(tx, mall_id, shop_id, q=q.replace("\x00", ""), after=after, limit=limit + 1),
        limit,
        lambda row: (row.code,),
    )
    wanted = [row.variant_id for row in page.items]
    goods = {good.variant_id: good for good in await catalog.sellable(tx, mall_id, wanted)}
    skus = {one.id: one.sku for one in await catalog.shop_variants(tx, mall_id=mall_id, shop_id=shop_id, ids=wanted)}
    return Page([_row(row, goods.get(row.variant_id), skus.get(row.variant_id, "")) for row in page.items],
                page.next_cursor)  # fmt: skip


def _row(row: store.Barcode, good: catalog.Sellable | None, sku: str) -> BarcodeRow:
    return BarcodeRow(
        code=row.code,
        variant_id=row.variant_id,
        sku=sku,
        name_zh="" if good is None else good.name_zh,
        name_en="" if good is None else good.name_en,
        option_zh="" if good is None else good.option_zh,
        option_en="" if good is None else good.option_en,
        min_age=row.min_age,
    )


async def plan_import(
    tx: ReadTx, *, mall_id: MallId, shop_id: ShopId, content: bytes, locale: str
) -> tuple[list[NewBarcode], int, list[ImportProblem]]:
    """Return what a CSV file of barcodes would write, how many rows it has, and everything wrong in it.

    Columns are `barcode` (a GTIN, a scale's label, or prefix/item such as 21/12345), `sku`, and `min_age` (empty: no
    change, 0: sold to all).
    """
    sheet = sheets.read(content, FORM)
    problems = list(sheet.problems)
    formats = (await terms(tx, mall_id=mall_id, shop_id=shop_id)).formats
    skus = list({row.cells.get("sku", "") for row in sheet.rows})
    known = {one.sku: one.id for one in await catalog.shop_variants(tx, mall_id=mall_id, shop_id=shop_id, skus=skus)}
    planned: dict[str, NewBarcode] = {}
    for row in sheet.rows:
        one = _planned(row, known, formats, problems)
        if one is not None and one.code in planned:
            problems.append(sheets.RowProblem(row.line, "barcode", "barcode_twice"))
        elif one is not None:
            planned[one.code] = one
    told = [
        ImportProblem(
            line=one.line,
            field=one.field,
            code=one.code,
            message=i18n.text(f"fields.{one.code}", locale, **one.params),
        )
        for one in problems
    ]
    return list(planned.values()), len(sheet.rows), told


def _planned(
    row: sheets.Row,
    known: dict[str, VariantId],
    formats: list[LabelFormat],
    problems: list[sheets.RowProblem],
) -> NewBarcode | None:
    """Return the barcode of a line, or None with what is wrong added to `problems`."""
    before = len(problems)
    sku, age = row.cells.get("sku", ""), row.cells.get("min_age", "")
    key = ""
    try:
        key = rules.barcode_key(row.cells.get("barcode", ""), formats)
    except Invalid as error:
        problems.append(sheets.RowProblem(row.line, "barcode", error.errors[0].code, error.errors[0].params))
    if sku not in known:
        problems.append(sheets.RowProblem(row.line, "sku", "sku_unknown"))
    if age and not (age.isascii() and age.isdigit() and int(age) <= AGE_MAX):
        problems.append(sheets.RowProblem(row.line, "min_age", "min_age_number"))
    if len(problems) > before:
        return None
    return NewBarcode(code=key, variant_id=known[sku], min_age=int(age) if age else None)
