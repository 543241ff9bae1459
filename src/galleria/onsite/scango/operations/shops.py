"""What a shop sets up: its terms, its barcodes, its age limits."""

from collections.abc import Sequence
from datetime import datetime

from galleria.kernel.errors import NotFound
from galleria.kernel.ids import MallId, ShopId
from galleria.onsite.scango import queries, rules, store
from galleria.onsite.scango.model import NewBarcode, Terms, TermsInput
from galleria.platform.command import Event
from galleria.platform.tx import Tx


async def set_terms(tx: Tx, *, mall_id: MallId, shop_id: ShopId, terms: TermsInput, now: datetime) -> Terms:
    """Set how a shop lets shoppers scan and go; raises Invalid naming labels that cannot be."""
    rules.require_formats(terms)
    await store.put_terms(tx, mall_id, shop_id, terms, now)
    tx.subject = str(shop_id)
    tx.emit(Event("scango.terms_set", shop_id, {"active": int(terms.active)}, (f"shop:{shop_id}",)))
    return await queries.terms(tx, mall_id=mall_id, shop_id=shop_id)


async def set_barcodes(tx: Tx, *, mall_id: MallId, shop_id: ShopId, rows: Sequence[NewBarcode]) -> int:
    """Write barcodes, in place of those with the same code, and age limits; returns how many.

    The caller has made sure that the goods are the shop's (`queries.plan_import`).
    """
    await store.put_barcodes(tx, mall_id, shop_id, rows)
    tx.subject = str(shop_id)
    tx.emit(Event("scango.barcodes_set", shop_id, {"barcodes": len(rows)}, (f"shop:{shop_id}",)))
    return len(rows)


async def forget_barcode(tx: Tx, *, mall_id: MallId, shop_id: ShopId, code: str) -> str:
    """Forget a barcode by its key; raises NotFound when the shop has none such."""
    if not await store.delete_barcode(tx, mall_id, shop_id, code):
        raise NotFound
    tx.subject = str(shop_id)
    return code
