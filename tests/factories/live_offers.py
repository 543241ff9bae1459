"""Terms of offers by their shape, and their end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from galleria.kernel.ids import MallId, OfferId
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.value import offers, promotions
from galleria.value.offers import Preset
from galleria.value.promotions import Funder, Layer, Share, Stacking

BY_MALL = Share(funder=Funder.MALL, funder_id=None, share_bp=10_000)
BY_SELLER = Share(funder=Funder.MERCHANT, funder_id=None, share_bp=10_000)


def terms(preset: Preset, benefit: promotions.Benefit, **over: Any) -> offers.OfferTerms:
    """Return terms for everything in the mall at the mall's cost; `over` replaces fields, `layer` the layer."""
    layers = {Preset.LIMITED_PRICE: Layer.PRICE, Preset.FLASH_SALE: Layer.PRICE, Preset.ONE_YUAN: Layer.PRICE}
    layer = over.pop("layer", layers.get(preset, Layer.SET))
    fields: dict[str, Any] = {
        "preset": preset,
        "title_zh": "活动",
        "title_en": "Offer",
        "benefit": benefit,
        "stacking": Stacking(layer=layer),
        "shares": (BY_MALL,),
    }
    return offers.OfferTerms(**fields | over)


async def end_offer(runtime: Runtime, mall_id: MallId, offer_id: OfferId) -> None:
    """End an offer now."""
    now = datetime.now(UTC)
    await runtime.db.write(
        Command(kind="tests.end_offer", actor=SYSTEM, now=now),
        lambda tx: offers.set_state(
            tx, actor=SYSTEM, mall_id=mall_id, offer_id=offer_id, state=offers.WantedState.ENDED, now=now
        ),
        returns=offers.ManagedOffer,
    )


def session(stock: int, *, now: datetime | None = None) -> offers.SaleSession:
    """Return a round of a flash sale that runs now."""
    at = now or datetime.now(UTC)
    return offers.SaleSession(starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=1), stock=stock)
