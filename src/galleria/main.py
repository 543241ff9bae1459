"""The composition root: the one place, with the command line, that knows every module and adapter."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from galleria import __version__
from galleria.adapters import couriers_sandbox, payments_alipay, payments_stripe, payments_wechat, prepaid_sandbox
from galleria.adapters.couriers_sandbox.wiring import MODULE as COURIERS_SANDBOX
from galleria.adapters.invoices_sandbox import SandboxInvoices
from galleria.adapters.payments_sandbox import SandboxPayments
from galleria.adapters.payments_sandbox.wiring import MODULE as PAYMENTS_SANDBOX
from galleria.adapters.sms_sandbox import SandboxSms
from galleria.commerce.aftersales.wiring import MODULE as AFTERSALES
from galleria.commerce.carts.wiring import MODULE as CARTS
from galleria.commerce.checkout.wiring import MODULE as CHECKOUT
from galleria.commerce.couriers import Companies
from galleria.commerce.couriers.wiring import MODULE as COURIERS
from galleria.commerce.fulfilment.wiring import MODULE as FULFILMENT
from galleria.commerce.invoices import InvoiceProvider
from galleria.commerce.invoices.wiring import MODULE as INVOICES
from galleria.commerce.merchandising.wiring import MODULE as MERCHANDISING
from galleria.commerce.orders.wiring import MODULE as ORDERS
from galleria.commerce.redemption.wiring import MODULE as REDEMPTION
from galleria.commerce.returns.wiring import MODULE as RETURNS
from galleria.commerce.riders.wiring import MODULE as RIDERS
from galleria.commerce.settlement.wiring import MODULE as SETTLEMENT
from galleria.engagement.checkins.wiring import MODULE as CHECKINS
from galleria.engagement.events.wiring import MODULE as EVENTS
from galleria.engagement.festivals.wiring import MODULE as FESTIVALS
from galleria.engagement.launch.wiring import MODULE as LAUNCH
from galleria.foundation import malls
from galleria.foundation.catalog.wiring import MODULE as CATALOG
from galleria.foundation.ledger.wiring import MODULE as LEDGER
from galleria.foundation.malls.wiring import MODULE as MALLS
from galleria.foundation.media.wiring import MODULE as MEDIA
from galleria.foundation.members.wiring import MODULE as MEMBERS
from galleria.foundation.notifications import SmsProvider
from galleria.foundation.notifications.wiring import MODULE as NOTIFICATIONS
from galleria.foundation.staff.wiring import MODULE as STAFF
from galleria.foundation.venue.wiring import MODULE as VENUE
from galleria.insight.assortment.wiring import MODULE as ASSORTMENT
from galleria.insight.dashboard.wiring import MODULE as DASHBOARD
from galleria.insight.performance.wiring import MODULE as PERFORMANCE
from galleria.insight.simulation.wiring import MODULE as SIMULATION
from galleria.kernel.ids import MallId
from galleria.onsite.dining.wiring import MODULE as DINING
from galleria.onsite.handsfree.wiring import MODULE as HANDSFREE
from galleria.onsite.scango.wiring import MODULE as SCANGO
from galleria.platform.auth.tokens import Signer
from galleria.platform.db import Database, connect
from galleria.platform.files import FileStore
from galleria.platform.http.access import GroupOf, guard
from galleria.platform.http.answer import Answer
from galleria.platform.http.call import provide_call
from galleria.platform.http.metrics import MeasuredApp
from galleria.platform.http.openapi import description
from galleria.platform.http.problems import HANDLERS
from galleria.platform.http.stream import ShopTarget
from galleria.platform.http.system import system_routes
from galleria.platform.module import Module
from galleria.platform.realtime import Hub, Notice
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings, SettingsError, secret
from galleria.platform.wiring import MODULE as PLATFORM
from galleria.value import offers
from galleria.value.coupons.wiring import MODULE as COUPONS
from galleria.value.offers.wiring import MODULE as OFFERS
from galleria.value.payments import PaymentProvider, Providers
from galleria.value.payments.wiring import MODULE as PAYMENTS
from galleria.value.points.wiring import MODULE as POINTS
from galleria.value.pricing.wiring import MODULE as PRICING
from galleria.value.promotions.wiring import MODULE as PROMOTIONS
from galleria.value.stock.wiring import MODULE as STOCK
from galleria.value.wallet.wiring import MODULE as WALLET

MODULES: Sequence[Module] = (
    PLATFORM, MALLS, MEMBERS, STAFF, NOTIFICATIONS, MEDIA, VENUE, CATALOG, LEDGER,
    PROMOTIONS, STOCK, PRICING, OFFERS, COUPONS, POINTS, WALLET, PAYMENTS,
    SETTLEMENT, CARTS, RIDERS, COURIERS, ORDERS, FULFILMENT, INVOICES, REDEMPTION,
    CHECKOUT, RETURNS, MERCHANDISING, AFTERSALES,
    HANDSFREE, DINING, SCANGO,
    EVENTS, CHECKINS, FESTIVALS, LAUNCH, DASHBOARD, ASSORTMENT, PERFORMANCE, SIMULATION,
    PAYMENTS_SANDBOX, COURIERS_SANDBOX,
)  # fmt: skip

WEB = Path(__file__).parent / "web_dist"


def subscribers() -> dict[str, list[str]]:
    """Return which jobs each kind of event starts."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in MODULES:
        for kind, names in module.subscribes.items():
            found[kind].extend(names)
    return dict(found)


def require_providers(settings: Settings) -> None:
    """Raise SettingsError when a provider that people depend on is not configured."""
    if not settings.sandbox:
        raise SettingsError(
            "GALLERIA_SANDBOX: no SMS provider is configured, so nobody could sign in; set it to true to try Galleria "
            "with codes shown on screen, or bind a provider of your own to SmsProvider in galleria.main.ports"
        )


def ports(settings: Settings, db: Database, signer: Signer) -> Mapping[type, Any]:
    """Return the adapter bound to each Protocol, by settings; raises SettingsError when one is missing."""
    require_providers(settings)
    return {
        GroupOf: malls.group_of,
        ShopTarget: malls.shop_target,
        SmsProvider: SandboxSms(),
        Providers: Providers(*payment_providers(settings, db, signer)),
        Companies: couriers_sandbox.companies(db, signer),
        InvoiceProvider: SandboxInvoices(),
    }


def payment_providers(settings: Settings, db: Database, signer: Signer) -> list[PaymentProvider]:
    """Return the payment companies that are set up, the one to propose first; raises SettingsError for one by half."""
    found: list[PaymentProvider | None] = [
        SandboxPayments(db, signer, origin=settings.origin) if settings.sandbox else None,
        payments_wechat.configured(settings),
        payments_alipay.configured(settings),
        payments_stripe.configured(settings),
        prepaid_sandbox.configured(settings),
    ]
    return [one for one in found if one is not None]


async def build_runtime(settings: Settings, dsn: str, *, name: str = "galleria-web", serving: bool = True) -> Runtime:
    """Return the belongings of one process: connected, not yet listening; a one-off command needs no providers."""
    db = await connect(dsn, size=settings.pool_size, name=name, subscribers=subscribers())
    signer = Signer(secret(settings))
    hub = Hub(dsn)
    hub.on_notice = heed
    return Runtime(
        db=db,
        settings=settings,
        signer=signer,
        files=FileStore(settings.data_dir / "files"),
        hub=hub,
        ports=ports(settings, db, signer) if serving else {},
    )


def heed(notice: Notice) -> None:
    """Have this process look again at what another one has changed."""
    kind, _, mall_id = notice.topic.partition(":")
    if notice.kind == "offers.changed" and kind == "mall":
        offers.doubt([MallId(UUID(mall_id))])


def build_app(settings: Settings, dsn: str) -> Litestar:
    """Return the web application."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        runtime = await build_runtime(settings, dsn)
        app.state.runtime = runtime
        await runtime.start()
        try:
            yield
        finally:
            await runtime.stop()

    return create_litestar(lifespan, settings)


def create_litestar(lifespan: Any, settings: Settings) -> Litestar:
    """Return the Litestar application around a lifespan that sets `app.state.runtime`."""
    app = Litestar(
        route_handlers=[*system_routes(WEB), *_routes()],
        before_request=guard,
        response_class=Answer,
        dependencies={"call": Provide(provide_call, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        lifespan=[lifespan],
        openapi_config=None,
        request_max_body_size=settings.upload_max_bytes,
        compression_config=CompressionConfig(backend="gzip", minimum_size=2000, gzip_compress_level=3),
        debug=False,
    )
    app.asgi_handler = MeasuredApp(app.asgi_handler)
    app.state.described = described
    return app


def _routes() -> list[Any]:
    return [route for module in MODULES for route in module.routes]


@cache
def described() -> bytes:
    """Return the API description: served at /openapi.json, committed as openapi.json.

    It comes out of an application that only describes itself: the one that serves has no documentation pages.
    """
    call = Provide(provide_call, sync_to_thread=False)
    config = _openapi_config()
    return description(Litestar([*system_routes(WEB), *_routes()], dependencies={"call": call}, openapi_config=config))


def _openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Galleria",
        version=__version__,
        description="The open operating system of a shopping mall that lives online and offline at once.",
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="opaque")}
        ),
    )
