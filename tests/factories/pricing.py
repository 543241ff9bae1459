"""Price rules made live as the launch would, and the prices goods have."""

from datetime import UTC, datetime
from typing import Any

from galleria.kernel.ids import StaffId, new_id
from galleria.platform.actors import SYSTEM
from galleria.platform.command import Command
from galleria.platform.runtime import Runtime
from galleria.platform.tx import Tx
from galleria.value import pricing
from tests.factories.malls import MadeMall

BY = StaffId(new_id())


async def write(runtime: Runtime, operation: Any, returns: Any) -> Any:
    """Do one operation as the system."""
    command = Command(kind="tests.pricing", actor=SYSTEM, now=datetime.now(UTC))
    return await runtime.db.write(command, operation, returns=returns)


async def draft(runtime: Runtime, mall: MadeMall, **terms: Any) -> pricing.Rule:
    """Write a draft rule, of the first shop unless said otherwise."""
    wanted = pricing.RuleTerms(**{"shop_id": mall.shop_ids[0], **terms})
    now = datetime.now(UTC)
    rule: pricing.Rule = await write(
        runtime,
        lambda tx: pricing.create_rule(tx, mall_id=mall.mall_id, terms=wanted, staff_id=BY, now=now),
        pricing.Rule,
    )
    return rule


async def launch(
    runtime: Runtime, rule: pricing.Rule, *, second_person: bool = False, apply: bool = True
) -> pricing.Rule:
    """Approve the newest version of a rule, set it live, and price its goods."""

    async def go(tx: Tx) -> pricing.Rule:
        now = datetime.now(UTC)
        current = await pricing.get_rule(tx, mall_id=rule.mall_id, rule_id=rule.id, now=now)
        await pricing.approve(
            tx,
            mall_id=rule.mall_id,
            rule_id=rule.id,
            version=current.version,
            staff_id=BY,
            second_person=second_person,
            now=now,
        )
        return await pricing.set_state(tx, mall_id=rule.mall_id, rule_id=rule.id, state=pricing.RuleState.LIVE, now=now)

    live: pricing.Rule = await write(runtime, go, pricing.Rule)
    if apply:
        await settle(runtime, live)
    return live


async def live_rule(runtime: Runtime, mall: MadeMall, *, second_person: bool = False, **terms: Any) -> pricing.Rule:
    """Write a rule, make it live and price its goods."""
    return await launch(runtime, await draft(runtime, mall, **terms), second_person=second_person)


async def settle(runtime: Runtime, rule: pricing.Rule, at: datetime | None = None) -> int:
    """Price the goods of a rule as the worker would."""
    return await pricing.settle(runtime, mall_id=rule.mall_id, rule_id=rule.id, now=at or datetime.now(UTC))


async def become(runtime: Runtime, rule: pricing.Rule, state: pricing.RuleState) -> pricing.Rule:
    """Move a rule to a state and price its goods."""
    now = datetime.now(UTC)
    moved: pricing.Rule = await write(
        runtime,
        lambda tx: pricing.set_state(tx, mall_id=rule.mall_id, rule_id=rule.id, state=state, now=now),
        pricing.Rule,
    )
    await settle(runtime, moved)
    return moved


async def enter_costs(runtime: Runtime, mall: MadeMall, shop: int, *items: pricing.CostInput) -> None:
    """Enter costs and floors of a shop's goods."""
    now = datetime.now(UTC)
    await write(
        runtime,
        lambda tx: pricing.enter_costs(
            tx, mall_id=mall.mall_id, shop_id=mall.shop_ids[shop], items=items, staff_id=BY, now=now
        ),
        pricing.Entered,
    )
