"""Writes of settlement."""

from datetime import datetime

from galleria.commerce.settlement.model import NewTerms, TermsTaken
from galleria.commerce.settlement.store import terms
from galleria.foundation import malls
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MallId, MerchantId, StaffId
from galleria.platform.actors import Reach
from galleria.platform.command import Event
from galleria.platform.tx import ReadTx, Tx

EVERYTHING = Reach(everything=True, merchant_ids=[], shop_ids=[])


async def set_terms(tx: Tx, *, mall_id: MallId, new: NewTerms, staff_id: StaffId, now: datetime) -> None:
    """Let terms hold from a moment on, at the earliest now: what is sold already keeps its fee.

    Raises Invalid for a moment in the past or a merchant without a shop here, TermsTaken.
    """
    valid_from = new.valid_from or now
    if valid_from.tzinfo is None or valid_from < now:
        raise Invalid.field("valid_from", "settlement_terms_past")
    if new.merchant_id is not None:
        await require_merchant(tx, mall_id, new.merchant_id)
    if not await terms.add(tx, mall_id, new, valid_from, staff_id, now):
        raise TermsTaken
    tx.subject = str(new.merchant_id or mall_id)
    tx.emit(Event("settlement.terms_set", new.merchant_id or mall_id, {"fee_bp": new.fee_bp}, (f"mall:{mall_id}",)))


async def require_merchant(tx: ReadTx, mall_id: MallId, merchant_id: MerchantId) -> None:
    """Raise Invalid unless the merchant has a shop in the mall."""
    here = await malls.list_merchants(tx, mall_id, EVERYTHING)
    if merchant_id not in {merchant.id for merchant in here}:
        raise Invalid.field("merchant_id", "settlement_merchant")
