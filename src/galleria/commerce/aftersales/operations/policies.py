"""The terms of after-sales."""

from datetime import datetime
from uuid import UUID

from galleria.commerce.aftersales import store
from galleria.commerce.aftersales.model import CasePolicy, CaseTerms
from galleria.kernel.ids import MallId, new_id
from galleria.platform.tx import Tx


async def save(
    tx: Tx, *, mall_id: MallId, shop_id: UUID | None, category_id: UUID | None, terms: CaseTerms, now: datetime
) -> CasePolicy:
    """Set the terms of the mall, a shop, a category, or a category in a shop; open cases keep theirs."""
    policy = CasePolicy(id=new_id(), shop_id=shop_id, category_id=category_id, terms=terms, changed_at=now)
    saved = await store.save_policy(tx, mall_id, policy)
    tx.subject = str(saved.id)
    return saved
