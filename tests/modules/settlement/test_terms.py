"""Terms hold from a moment on; a merchant's own go before the mall's; history stays."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.malls import make_mall
from tests.factories.settlement import agreed

from galleria.commerce import settlement
from galleria.kernel.errors import Invalid
from galleria.kernel.ids import MerchantId, new_id
from galleria.platform.runtime import Runtime

NOW = datetime.now(UTC)


async def test_without_terms_nothing_is_taken(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    async with runtime.db.read() as tx:
        found = await settlement.terms_for(tx, mall_id=mall.mall_id, merchant_ids=mall.merchant_ids, at=NOW)
    assert found == dict.fromkeys(mall.merchant_ids, settlement.NO_TERMS)


async def test_own_terms_go_before_the_malls_and_both_keep_their_history(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    one, other = mall.merchant_ids
    await agreed(runtime, mall.mall_id, fee_bp=500, now=NOW)
    await agreed(runtime, mall.mall_id, fee_bp=300, merchant_id=one, now=NOW + timedelta(days=1))
    await agreed(runtime, mall.mall_id, fee_bp=600, now=NOW + timedelta(days=2))

    async def fees(days: int) -> list[int]:
        at = NOW + timedelta(days=days)
        async with runtime.db.read() as tx:
            found = await settlement.terms_for(tx, mall_id=mall.mall_id, merchant_ids=[one, other], at=at)
        return [found[one].fee_bp, found[other].fee_bp]

    assert [await fees(-1), await fees(0), await fees(1), await fees(2)] == [[0, 0], [500, 500], [300, 500], [300, 600]]


async def test_terms_never_reach_back_and_never_begin_twice(runtime: Runtime) -> None:
    mall = await make_mall(runtime)
    with pytest.raises(Invalid):
        await agreed(runtime, mall.mall_id, merchant_id=MerchantId(new_id()), now=NOW)
    await agreed(runtime, mall.mall_id, fee_bp=100, now=NOW)
    with pytest.raises(settlement.TermsTaken):
        await agreed(runtime, mall.mall_id, fee_bp=200, now=NOW)
    async with runtime.db.read() as tx:
        found = await settlement.terms_for(tx, mall_id=mall.mall_id, merchant_ids=mall.merchant_ids[:1], at=NOW)
    assert found[mall.merchant_ids[0]].fee_bp == 100
