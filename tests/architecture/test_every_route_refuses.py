"""Every route, called by everyone who may not: it refuses before it looks at the body, and nothing has happened.

A new path parameter needs a real id in `place.py`; a route that clerks, or every member of staff, may call needs a line
below. Neither is added lightly.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from tests.architecture.bodies import Bodies
from tests.architecture.place import Place, make_place
from tests.architecture.place_onsite import ABSENT_ONSITE, CLERKS_ONSITE
from tests.factories.malls import MadeMall, make_mall
from tests.factories.members import as_member, as_staff, make_member, make_staff

from galleria import main
from galleria.kernel.ids import new_id
from galleria.main import described
from galleria.platform.actors import Grant, Role
from galleria.platform.http.access import MEMBER, PUBLIC, SIGNED_IN, STAFF, Access
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings

REFUSED = {401, 403, 404}

OWN = {
    ("POST", "/v1/auth/sign-out"),
    ("GET", "/v1/auth/sessions"),
    ("GET", "/v1/staff/me"),
    ("POST", "/v1/staff/me/password"),
    ("POST", "/v1/staff/me/totp"),
    ("POST", "/v1/staff/me/totp/confirm"),
    ("DELETE", "/v1/staff/me/totp"),
    ("GET", "/v1/me/household"),
    ("DELETE", "/v1/me/household"),
    ("GET", "/v1/me/addresses"),
    ("POST", "/v1/me/addresses"),
}
"""Routes about whoever asks, and nobody else."""

CLERKS = CLERKS_ONSITE | {
    ("GET", "/v1/malls/{mall_id}/orders"),
    ("GET", "/v1/malls/{mall_id}/orders/{order_id}"),
    ("POST", "/v1/malls/{mall_id}/orders/{order_id}/charge"),
    ("POST", "/v1/malls/{mall_id}/orders/{order_id}/cash"),
    ("POST", "/v1/malls/{mall_id}/sub-orders/{sub_order_id}/ready"),
    ("POST", "/v1/malls/{mall_id}/redemptions/lookup"),
    ("POST", "/v1/malls/{mall_id}/redemptions"),
    ("GET", "/v1/malls/{mall_id}/redemptions"),
    ("POST", "/v1/malls/{mall_id}/redemptions/locks"),
    ("POST", "/v1/malls/{mall_id}/redemptions/locks/{lock_id}/redeem"),
    ("POST", "/v1/malls/{mall_id}/redemptions/locks/{lock_id}/release"),
    ("GET", "/v1/malls/{mall_id}/redemptions/offline"),
    ("POST", "/v1/malls/{mall_id}/redemptions/offline"),
    ("POST", "/v1/malls/{mall_id}/coupons/redeem"),
    ("GET", "/v1/malls/{mall_id}/refunds"),
    ("GET", "/v1/malls/{mall_id}/cash-refunds"),
    ("GET", "/v1/malls/{mall_id}/orders-board"),
    ("GET", "/v1/malls/{mall_id}/bags"),
    ("GET", "/v1/malls/{mall_id}/bags/{bag_id}"),
    ("GET", "/v1/malls/{mall_id}/bags/by-label/{label}"),
    ("POST", "/v1/malls/{mall_id}/bags/pictures"),
    ("POST", "/v1/malls/{mall_id}/bags/shoppers"),
    ("GET", "/v1/malls/{mall_id}/fulfilment/slots"),
    ("GET", "/v1/malls/{mall_id}/fulfilment/storages"),
    ("GET", "/v1/malls/{mall_id}/fulfilment/exceptions"),
    ("GET", "/v1/malls/{mall_id}/points"),
    ("GET", "/v1/malls/{mall_id}/points/{point_id}/readings"),
    ("POST", "/v1/malls/{mall_id}/points/{point_id}/readings"),
    ("POST", "/v1/malls/{mall_id}/points/{point_id}/arrivals"),
    ("POST", "/v1/malls/{mall_id}/points/{point_id}/pickups"),
    ("POST", "/v1/malls/{mall_id}/readings/{reading_id}/settle"),
    ("GET", "/v1/malls/{mall_id}/shipments"),
    ("GET", "/v1/malls/{mall_id}/shipments/{shipment_id}"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/pick"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/pack"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/split"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/hand"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/move"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/dispatch"),
    ("GET", "/v1/malls/{mall_id}/shipments/{shipment_id}/stores"),
    ("POST", "/v1/malls/{mall_id}/shipments/{shipment_id}/fill"),
    ("GET", "/v1/malls/{mall_id}/stock-transfers"),
    ("POST", "/v1/malls/{mall_id}/stock-transfers"),
    ("POST", "/v1/malls/{mall_id}/stock-transfers/{stock_transfer_id}/send"),
    ("POST", "/v1/malls/{mall_id}/stock-transfers/{stock_transfer_id}/receive"),
    ("POST", "/v1/malls/{mall_id}/stock-transfers/{stock_transfer_id}/cancel"),
    ("GET", "/v1/malls/{mall_id}/cases"),
    ("GET", "/v1/malls/{mall_id}/cases/{case_id}"),
    ("POST", "/v1/malls/{mall_id}/cases/{case_id}/fixed"),
    ("POST", "/v1/malls/{mall_id}/cases/{case_id}/hand-over"),
    ("POST", "/v1/malls/{mall_id}/cases/{case_id}/shipped"),
    ("GET", "/v1/malls/{mall_id}/orders/{order_id}/receipt.pdf"),
}
"""Routes a clerk of the shop may call."""

OWNED = {
    "order_id", "sub_order_id", "line_id", "ticket_id", "claim_id", "refund_id", "session_id", "address_id",
    "case_id", "trip_id", "bag_id", "invoice_id", "title_id",
}  # fmt: skip
"""What belongs to one member."""

OF_A_SHOP = {
    "shop_id", "merchant_id", "product_id", "variant_id", "order_id", "sub_order_id", "redemption_id",
    "transfer_id", "staff_id", "rule_id", "slot_rule_id", "shipment_id", "stock_transfer_id", "point_id",
    "reading_id", "bag_id", "label", "label_batch_id", "case_id", "statement_id", "payout_id",
}  # fmt: skip
"""What belongs to one merchant."""

ABSENT = ABSENT_ONSITE | {
    "/v1/malls/{mall_id}/points/spend-policy",  # the mall takes no points
    "/v1/malls/{mall_id}/cash-refunds/{refund_id}/paid",  # the refund is a payment company's
    "/v1/malls/{mall_id}/cases/lookup",  # a code that fits the description is no case's
    "/v1/malls/{mall_id}/cases/{case_id}/scan-in",  # away from its shop a case's code must be shown
    "/v1/malls/{mall_id}/transfers/{transfer_id}/file",  # the place's transfer has no file
    "/v1/malls/{mall_id}/me/coupons/codes",  # a code that fits the description is nobody's
    "/v1/malls/{mall_id}/me/coupons/{claim_id}/transfer",
    "/v1/malls/{mall_id}/festivals/{festival_id}/coupons/{coupon_id}/claims",  # the coupon is not the festival's
    "/v1/malls/{mall_id}/launch/reviews/{review_id}/withdraw",  # only the one who asked takes a request back
    "/v1/me/addresses/{address_id}",  # the walk has forgotten it before it is changed
    "/v1/malls/{mall_id}/fulfilment/zones/{zone_id}",  # given up before it is changed
    "/v1/malls/{mall_id}/me/orders/{order_id}/shipments/{shipment_id}/amend",  # no such address
    "/v1/malls/{mall_id}/me/orders/{order_id}/shipments/{shipment_id}/last-mile",
    "/v1/malls/{mall_id}/points/{point_id}/arrivals",  # no such number
    "/v1/malls/{mall_id}/stock-transfers",  # no such receiving store
}
"""What is not in the place, so that even those it is for do not find it."""

QUERIES = {"/v1/stream": {"topics": "mall:{mall_id}"}}
"""Required queries of routes that the API description leaves out."""


class Route(msgspec.Struct, frozen=True):
    """One method of one path."""

    method: str
    path: str
    access: Access | None
    params: tuple[str, ...]


def routes_of(app: Litestar) -> Iterator[Route]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        parts = [part if isinstance(part, str) else "{" + part.name + "}" for part in route.path_components]
        params = tuple(part.name for part in route.path_components if not isinstance(part, str))
        for handler in route.route_handlers:
            if isinstance(handler, HTTPRouteHandler):
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                    yield Route(method, "/" + "/".join(parts), handler.opt.get("access"), params)


ROUTES = sorted(
    routes_of(main.create_litestar(None, Settings(sandbox=True))), key=lambda route: (route.path, route.method)
)
IDS = [f"{route.method} {route.path}" for route in ROUTES]
CLOSED = [route for route in ROUTES if route.access in {MEMBER, STAFF, SIGNED_IN}]
CLOSED_IDS = [f"{route.method} {route.path}" for route in CLOSED]


@pytest.fixture(scope="session")
async def place(runtime: Runtime) -> Place:
    return await make_place(runtime)


@pytest.fixture(scope="session")
def bodies(app: Litestar, place: Place) -> Bodies:
    return Bodies(msgspec.json.decode(described()), place.ids)


@pytest.fixture(scope="session")
async def strangers(runtime: Runtime, place: Place) -> dict[str, dict[str, str]]:
    """Headers of people who have no business with what is in the place."""
    mall = place.mall
    sister, elsewhere = await make_mall(runtime, group_id=mall.group_id), await make_mall(runtime)

    async def staff_with(group: MadeMall, *grants: Grant) -> dict[str, str]:
        return await as_staff(runtime, await make_staff(runtime, group.group_id, grants))

    def operator_of(where: MadeMall) -> Grant:
        return Grant(role=Role.OPERATOR, group_id=where.group_id, mall_id=where.mall_id)

    return {
        "another member": await as_member(runtime, await make_member(runtime, mall.group_id)),
        "a member of another group": await as_member(runtime, await make_member(runtime, elsewhere.group_id)),
        "staff without a grant": await staff_with(mall),
        "an operator of the sister mall": await staff_with(mall, operator_of(sister)),
        "an operator of another group": await staff_with(
            elsewhere, operator_of(elsewhere), Grant(role=Role.OPERATOR, group_id=elsewhere.group_id)
        ),
        "a manager of another merchant": await staff_with(
            mall,
            Grant(
                role=Role.MERCHANT_MANAGER,
                group_id=mall.group_id,
                mall_id=mall.mall_id,
                merchant_id=mall.merchant_ids[1],
            ),
        ),
        "a clerk of the shop": await as_staff(runtime, place.clerk),
    }


def callers(route: Route, touched: set[str]) -> list[str]:
    """Return the strangers whom a route must refuse, given the ids in its path and body."""
    if (route.method, route.path) in OWN or route.access is PUBLIC:
        return []
    members: list[str] = []
    if route.access is STAFF or touched & OWNED or route.path in QUERIES:
        members.append("another member")
    if route.access is STAFF or "mall_id" in route.params or touched & OWNED:
        members.append("a member of another group")
    if route.access is MEMBER:
        return [*members, "staff without a grant", "an operator of the sister mall", "a clerk of the shop"]
    staff = ["staff without a grant", "an operator of the sister mall", "an operator of another group"]
    if (route.method, route.path) not in CLERKS:
        staff.append("a clerk of the shop")
    if touched & OF_A_SHOP:
        staff.append("a manager of another merchant")
    return [*members, *staff]


async def journal_rows(runtime: Runtime) -> int:
    found: int = await runtime.db.pool.fetchval("SELECT count(*) FROM platform.journal")
    return found


def request_of(route: Route, bodies: Bodies) -> dict[str, Any]:
    unknown = set(route.params) - bodies.ids.keys() - {"path", "file_path"}
    assert not unknown, f"add a real {unknown} to tests/architecture/place.py"
    request = bodies.request(route.method, route.path)
    query = {name: text.format(**bodies.ids) for name, text in QUERIES.get(route.path, {}).items()}
    headers = request.pop("headers", {})
    return {
        **request,
        "method": route.method,
        "url": route.path.format(**bodies.ids),
        "params": {**request["params"], **query},
        "headers": {"idempotency-key": f"walk-{new_id()}", **headers},
    }


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_it_says_who_may_call(route: Route) -> None:
    assert route.access in set(Access), "give the route access=PUBLIC, MEMBER, STAFF or SIGNED_IN"


@pytest.mark.parametrize("route", CLOSED, ids=CLOSED_IDS)
async def test_nobody_gets_in_without_a_sign_in(
    client: httpx.AsyncClient, runtime: Runtime, bodies: Bodies, route: Route
) -> None:
    request, before = request_of(route, bodies), await journal_rows(runtime)
    answer = await client.request(**request)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    request["headers"]["authorization"] = "Bearer forged.token"
    assert (await client.request(**request)).status_code == 401
    assert await journal_rows(runtime) == before


@pytest.mark.parametrize("route", CLOSED, ids=CLOSED_IDS)
async def test_strangers_are_refused_and_nothing_happens(
    client: httpx.AsyncClient, runtime: Runtime, bodies: Bodies, strangers: dict[str, dict[str, str]], route: Route
) -> None:
    request = request_of(route, bodies)
    for who in callers(route, {*route.params, *bodies.used}):
        before = await journal_rows(runtime)
        async with asyncio.timeout(10):
            answer = await client.request(**{**request, "headers": {**request["headers"], **strangers[who]}})
        assert answer.status_code in REFUSED, f"{who} got {answer.status_code}: {answer.text[:300]}"
        assert await journal_rows(runtime) == before, f"{who} was refused, yet something was done"


@pytest.fixture(scope="session")
async def second_place(runtime: Runtime) -> Place:
    """A place that the walk of those who are let in may change."""
    return await make_place(runtime)


@pytest.mark.parametrize("route", CLOSED, ids=CLOSED_IDS)
async def test_those_it_is_for_are_let_in(
    client: httpx.AsyncClient, runtime: Runtime, bodies: Bodies, second_place: Place, route: Route
) -> None:
    """Without this, a wrong id or address in the walk would look like a refusal."""
    if (route.method, route.path) in OWN or route.path in {*QUERIES, *ABSENT}:
        return
    request = request_of(route, Bodies(bodies.description, second_place.ids))
    member = route.access is MEMBER or "session_id" in route.params
    whose = as_member(runtime, second_place.owner) if member else as_staff(runtime, second_place.operator)
    answer = await client.request(**{**request, "headers": {**request["headers"], **await whose}})
    assert answer.status_code not in {*REFUSED, 500}, answer.text[:300]
