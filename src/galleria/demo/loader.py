"""Seeding the demo mall: the invented world becomes rows, copied in one transaction: all of it or nothing."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import msgspec

from galleria.demo.loading import equipment, festival, gallery
from galleria.demo.loading.books import Books
from galleria.demo.loading.counter import Counter
from galleria.demo.loading.diary import Diary
from galleria.demo.loading.directory import Directory, open_malls
from galleria.demo.loading.goods import Store, Ware, stock_shelves
from galleria.demo.loading.history import History
from galleria.demo.loading.offers import Claims, release_coupons, write_coupons, write_rules
from galleria.demo.loading.people import PASSWORD, Person, hire_staff, join_members
from galleria.demo.loading.promotions import run_promotions
from galleria.demo.loading.refunds import Refunds
from galleria.demo.loading.rewards import Rewards
from galleria.demo.loading.sheet import Ids, Sheet
from galleria.demo.loading.story import SHOPPER, SHOPPER_COUPONS, Size, people, plans, shopper_cart
from galleria.demo.panel import SHOPPER_PHONE
from galleria.demo.world import World, build_world
from galleria.demo.world.model import OrderPlan
from galleria.foundation import catalog
from galleria.platform.auth.passwords import hash_password
from galleria.platform.db import speak_json
from galleria.platform.settings import Settings
from galleria.platform.tx import Tx

SEED = 20
Progress = Callable[[str], None]

__all__ = ["Size", "groups", "load"]


async def groups(dsn: str) -> list[str]:
    """Return the codes of the groups of malls in the database, the demo's or anybody's."""
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch("SELECT code FROM malls.mall_group")]
    finally:
        await connection.close()


async def load(
    dsn: str, settings: Settings, *, today: date, now: datetime, on_progress: Progress, size: Size | None = None
) -> bool:
    """Fill an empty database with the demo mall as of `now`; return False, and do nothing, when it has a group.

    Everything is copied in one transaction: when it fails or is killed nothing remains but pictures, which are
    stored by content and found again next time. `today` is the mall's calendar day, `now` an aware moment of it.
    """
    if await groups(dsn):
        return False
    size = size or Size()
    say = _Clock(on_progress)
    world = build_world(SEED, today=today)
    say(f"invented {len(world.shops)} shops on {len(world.floors)} floors, with {len(world.goods):,} goods")
    stop = threading.Event()
    drawing = _start_drawing(world, settings, stop)
    try:
        password_hash = await hash_password(PASSWORD)
        sheet, wares = await asyncio.to_thread(_write, world, size, password_hash, settings, now, say)
        # The transaction waits for the pictures, which take as long as the machine is slow.
        connection = await asyncpg.connect(dsn, server_settings={"idle_in_transaction_session_timeout": "0"})
        try:
            async with connection.transaction():
                await _copy(connection, sheet, wares, world, drawing, now, say)
                await speak_json(connection)
                tx, mall = Tx(connection), world.malls[0]
                await festival.begin(tx, mall_code=mall.code, phone=SHOPPER_PHONE, now=now)
                await equipment.equip(tx, mall=mall, phone=SHOPPER_PHONE, now=now)
            await connection.execute("ANALYZE")
        finally:
            await connection.close()
    finally:
        stop.set()
    say("the mall is ready")
    return True


class _Clock:
    """Tells progress with the seconds since the start."""

    def __init__(self, tell: Progress) -> None:
        self._tell, self._started = tell, time.monotonic()

    def __call__(self, what: str) -> None:
        self._tell(f"{time.monotonic() - self._started:5.1f} s  {what}")


def _start_drawing(
    world: World, settings: Settings, stop: threading.Event
) -> "asyncio.Task[list[gallery.Hung]] | None":
    """Start to draw the pictures in the background, when their subjects are installed."""
    if not gallery.available():
        return None
    folder = settings.data_dir / "files"
    return asyncio.create_task(asyncio.to_thread(gallery.draw, world.pictures, folder, stop=stop))


def _write(
    world: World, size: Size, password_hash: str, settings: Settings, now: datetime, say: Progress
) -> tuple[Sheet, list[Ware]]:
    """Make every row but the pictures'."""
    rng = Random(SEED * 31 + 7)
    sheet, ids = Sheet(), Ids(rng)
    places = open_malls(sheet, ids, world, now)
    wares = stock_shelves(sheet, ids, world, places, now)
    everyone = people(world, size)
    told = plans(world, everyone, wares, size, now)
    first_seen: dict[int, datetime] = {}
    for plan in told:
        first_seen.setdefault(plan.member, plan.placed_at)
    members = join_members(sheet, ids, rng, everyone, places, first_seen=first_seen, now=now)
    say(f"invented {len(members):,} members and {len(told):,} orders to tell")
    _tell(sheet, ids, rng, world, size, password_hash, settings, now, places, wares, members, told)
    say(f"told every order, with {sheet.count('ledger.posting'):,} postings")
    return sheet, wares


def _tell(
    sheet: Sheet,
    ids: Ids,
    rng: Random,
    world: World,
    size: Size,
    password_hash: str,
    settings: Settings,
    now: datetime,
    places: Directory,
    wares: list[Ware],
    members: list[Person],
    told: list[OrderPlan],
) -> None:
    """Tell the orders, then what follows from all of them together."""
    crew = hire_staff(sheet, ids, world, places, password_hash=password_hash, now=now)
    currency = world.malls[0].currency
    offers = release_coupons(world, places, ids)
    diary, store = Diary(sheet, ids, now), Store(sheet, ids, places)
    books, claims = Books(sheet, ids, places.group_id), Claims(ids, rng, world, now)
    rewards = Rewards(sheet, books, places, write_rules(sheet, ids, rng, world, places, now), now)
    counter = Counter(sheet, ids, rng, places=places, crew=crew, books=books, diary=diary, now=now)
    refunds = Refunds(
        sheet, ids, rng, crew=crew, store=store, books=books, rewards=rewards, diary=diary, currency=currency, now=now
    )
    _give_shopper(sheet, world, places, wares, members, claims, now)
    history = History(
        sheet,
        ids,
        rng,
        world=world,
        places=places,
        wares=wares,
        people=members,
        offers=offers,
        claims=claims,
        store=store,
        books=books,
        rewards=rewards,
        counter=counter,
        refunds=refunds,
        diary=diary,
        hold=timedelta(minutes=settings.order_hold_minutes),
        now=now,
    )
    for plan in told:
        history.tell(plan)
    rewards.settle()
    rewards.spend_on_coupons(world, members, claims, rng)
    claims.more(members, len(members) / 20_000)
    counter.use_coupons(world, claims, offers, members)
    write_coupons(sheet, world, places, offers, claims, members, diary, now)
    run_promotions(sheet, ids, world, places, wares, crew, now)
    store.settle(wares, now, size.days)
    books.close()


def _give_shopper(
    sheet: Sheet,
    world: World,
    places: Directory,
    wares: list[Ware],
    members: list[Person],
    claims: Claims,
    now: datetime,
) -> None:
    """Give the demo's own shopper coupons and a cart."""
    by_code = {coupon.code: index for index, coupon in enumerate(world.coupons)}
    for number, code in enumerate(SHOPPER_COUPONS):
        index = by_code[code]
        since = max(world.coupons[index].starts_at, now - timedelta(days=4))
        if since < now:
            claims.make(index, SHOPPER, since + (now - since) * (0.2 + 0.1 * number))
    cart = sheet.table("carts.line", "mall_id member_id variant_id quantity added_at")
    for ware, quantity in shopper_cart(world, wares):
        added = now - timedelta(minutes=50)
        cart.append((places.mall_ids[ware.mall], members[SHOPPER].id, ware.variant_id, quantity, added))


async def _copy(
    connection: "asyncpg.Connection[asyncpg.Record]",
    sheet: Sheet,
    wares: list[Ware],
    world: World,
    drawing: "asyncio.Task[list[gallery.Hung]] | None",
    now: datetime,
    say: Progress,
) -> None:
    """Copy all tables, those with pictures last, when these are drawn."""
    await connection.execute("SET LOCAL synchronous_commit = off")
    # Drawing may take minutes on a busy machine, longer than an idle transaction may otherwise last.
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    nothing: dict[str, str] = {}
    for name in sheet.tables(waiting=False):
        await sheet.copy(connection, name, nothing)
    say(f"copied {sheet.count(*sheet.tables(waiting=False)):,} rows; waiting for the pictures to be drawn")
    hung = await drawing if drawing is not None else []
    say(f"hung {len(hung):,} pictures" if hung else "hung no pictures: the web packages are not installed")
    await _hang(connection, hung, now)
    names = {picture.key: picture.name for picture in hung}
    for name in sheet.tables(waiting=True):
        await sheet.copy(connection, name, names)
    await _hang_early(connection, world, names)
    await _index_words(connection, world, wares)


async def _hang(connection: Any, hung: list[gallery.Hung], now: datetime) -> None:
    unique = {picture.name: picture for picture in hung}
    await connection.copy_records_to_table(
        "picture",
        schema_name="media",
        columns=["name", "width", "height", "bytes", "colour", "created_at"],
        records=[(p.name, p.width, p.height, p.bytes, p.colour, now) for p in unique.values()],
    )


async def _hang_early(connection: Any, world: World, names: Mapping[str, str]) -> None:
    """Give each mall the picture of its most popular shop."""
    for index, mall in enumerate(world.malls):
        shop = max((s for s in world.shops if s.mall == index), key=lambda s: s.popularity)
        await connection.execute("UPDATE malls.mall SET picture = $2 WHERE code = $1", mall.code, names.get(shop.hero))


async def _index_words(connection: Any, world: World, wares: list[Ware]) -> None:
    """Fill in what goods are found by, as the catalog does when one is saved."""
    categories = {category.code: category.name for category in world.categories}
    rows = []
    for good in world.goods:
        shop, category = world.shops[good.shop], categories[good.category]
        found = catalog.searchable(
            [good.name.zh, good.name.en],
            [shop.name.zh, shop.name.en, category.zh, category.en],
            [*(t for v in good.variants for t in (v.choice.zh, v.choice.en)), good.description.zh, good.description.en],
        )
        product_id = wares[good.first_variant].product_id
        rows.append({"id": product_id, **msgspec.structs.asdict(found)})
    await connection.execute(
        """
        UPDATE catalog.product AS p
           SET search = r.vector::tsvector || setweight(to_tsvector('english', r.latin_a), 'A')
                        || setweight(to_tsvector('english', r.latin_b), 'B')
                        || setweight(to_tsvector('english', r.latin_c), 'C')
          FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, vector text, latin_a text, latin_b text, latin_c text)
         WHERE p.id = r.id
        """,
        msgspec.json.encode(rows).decode(),
    )
