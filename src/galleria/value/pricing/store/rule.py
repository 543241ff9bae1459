"""Rules and their versions: writing, approving, which decide now and which are due."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from galleria.kernel.ids import MallId, MerchantId, ShopId, StaffId
from galleria.platform.actors import Reach
from galleria.platform.tx import ReadTx, Tx
from galleria.value.pricing.model import Rule, RuleId, RuleInForce, RuleState, RuleTerms, RuleVersion, VersionRow

_RULE = """
SELECT mall_id, id, shop_id, merchant_id, state, state = 'live' AND coalesce(starts_at > {now}, false) AS scheduled,
       version, approved_version, second_person, terms, approved, created_by, created_at, changed_at
  FROM pricing.rule
"""
_ONE_RULE = _RULE.format(now="$3") + " WHERE mall_id = $1 AND id = $2"
_RULES = (
    _RULE.format(now="$9")
    + """
 WHERE mall_id = $1 AND ($2 OR merchant_id = ANY($3::uuid[]) OR shop_id = ANY($4::uuid[]))
   AND ($5::uuid IS NULL OR shop_id = $5) AND ($6::text IS NULL OR state = $6) AND ($7::uuid IS NULL OR id < $7)
 ORDER BY id DESC LIMIT $8
"""
)


async def rule(tx: ReadTx, mall_id: MallId, rule_id: RuleId, now: datetime) -> Rule | None:
    """Return a rule."""
    return await tx.one(Rule, _ONE_RULE, mall_id, rule_id, now)


async def lock_rule(tx: Tx, mall_id: MallId, rule_id: RuleId, now: datetime) -> Rule | None:
    """Return a rule and keep others from changing it until the transaction ends."""
    return await tx.one(Rule, _ONE_RULE + " FOR UPDATE", mall_id, rule_id, now)


class Owned(msgspec.Struct, frozen=True):
    """Which shop a rule is of; None for one of the whole mall."""

    shop_id: ShopId | None


async def shop_of_rule(tx: ReadTx, mall_id: MallId, rule_id: RuleId) -> Owned | None:
    """Return the shop of a rule, None for no such rule."""
    return await tx.one(Owned, "SELECT shop_id FROM pricing.rule WHERE mall_id = $1 AND id = $2", mall_id, rule_id)


async def rules(
    tx: ReadTx,
    mall_id: MallId,
    reach: Reach,
    *,
    shop_id: ShopId | None,
    state: RuleState | None,
    after: UUID | None,
    limit: int,
    now: datetime,
) -> list[Rule]:
    """Return rules within reach, newest first."""
    scope = (reach.everything, reach.merchant_ids, reach.shop_ids)
    return await tx.all(Rule, _RULES, mall_id, *scope, shop_id, state, after, limit, now)


async def versions_since(
    tx: ReadTx,
    mall_id: MallId,
    reach: Reach,
    *,
    rule_id: UUID | None,
    before: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[VersionRow]:
    """Return versions of the rules within reach (of one rule), newest first, beside the version before."""
    return await tx.all(
        VersionRow,
        """
        SELECT v.rule_id, r.merchant_id, v.version, v.version = r.version AS newest, v.terms, v.made_by, v.at,
               v.approved_at, b.terms AS before
          FROM pricing.version v
          JOIN pricing.rule r ON r.mall_id = v.mall_id AND r.id = v.rule_id
          LEFT JOIN pricing.version b
                 ON b.mall_id = v.mall_id AND b.rule_id = v.rule_id AND b.version = v.version - 1
         WHERE v.mall_id = $1 AND ($2 OR r.merchant_id = ANY($3::uuid[]) OR r.shop_id = ANY($4::uuid[]))
           AND ($5::uuid IS NULL OR v.rule_id = $5)
           AND ($6::timestamptz IS NULL OR (v.at, v.rule_id, v.version) < ($6, $7::uuid, $8::integer))
         ORDER BY v.at DESC, v.rule_id DESC, v.version DESC LIMIT $9
        """,
        mall_id,
        reach.everything,
        reach.merchant_ids,
        reach.shop_ids,
        rule_id,
        *(before or (None, None, None)),
        limit,
    )


async def versions(tx: ReadTx, mall_id: MallId, rule_id: RuleId) -> list[RuleVersion]:
    """Return the versions of a rule, newest first."""
    return await tx.all(
        RuleVersion,
        """
        SELECT version, terms, made_by, at, approved_by, approved_at, second_person
          FROM pricing.version WHERE mall_id = $1 AND rule_id = $2 ORDER BY version DESC
        """,
        mall_id,
        rule_id,
    )


async def add_rule(
    tx: Tx,
    *,
    mall_id: MallId,
    rule_id: RuleId,
    merchant_id: MerchantId | None,
    terms: RuleTerms,
    staff_id: StaffId,
    now: datetime,
) -> None:
    """Insert a draft with its first version."""
    await tx.run(
        """
        WITH made AS (
          INSERT INTO pricing.rule (mall_id, id, shop_id, merchant_id, version, terms, changed_at, created_at,
                                    created_by)
          VALUES ($1, $2, $3, $4, 1, $5::jsonb, $6, $6, $7) RETURNING mall_id, id, terms)
        INSERT INTO pricing.version (mall_id, rule_id, version, terms, made_by, at)
        SELECT mall_id, id, 1, terms, $7, $6 FROM made
        """,
        mall_id,
        rule_id,
        terms.shop_id,
        merchant_id,
        terms,
        now,
        staff_id,
    )


async def add_version(
    tx: Tx, mall_id: MallId, rule_id: RuleId, *, terms: RuleTerms, staff_id: StaffId, now: datetime
) -> int:
    """Give a locked rule new terms as its next version, which nobody has approved; a pending rule is a draft again."""
    made: int = await tx.value(
        """
        WITH made AS (
          UPDATE pricing.rule SET version = version + 1, terms = $3::jsonb, changed_at = $4,
                 state = CASE state WHEN 'pending' THEN 'draft' ELSE state END
           WHERE mall_id = $1 AND id = $2 RETURNING version)
        INSERT INTO pricing.version (mall_id, rule_id, version, terms, made_by, at)
        SELECT $1, $2, version, $3::jsonb, $5, $4 FROM made RETURNING version
        """,
        mall_id,
        rule_id,
        terms,
        now,
        staff_id,
    )
    return made


async def approve(
    tx: Tx,
    mall_id: MallId,
    rule_id: RuleId,
    *,
    version: int,
    terms: RuleTerms,
    staff_id: StaffId,
    second_person: bool,
    now: datetime,
) -> bool:
    """Let the newest version of a rule decide prices; False when it is not the newest any more, or has ended."""
    return bool(
        await tx.run(
            """
            WITH approved AS (
              UPDATE pricing.rule SET approved_version = $3, approved = $4::jsonb, second_person = $5, starts_at = $6,
                     ends_at = $7, changed_at = $8
               WHERE mall_id = $1 AND id = $2 AND version = $3 AND state <> 'ended' RETURNING version)
            UPDATE pricing.version v SET approved_by = $9, approved_at = $8, second_person = $5
              FROM approved a WHERE v.mall_id = $1 AND v.rule_id = $2 AND v.version = a.version
            """,
            mall_id,
            rule_id,
            version,
            terms,
            second_person,
            terms.starts_at,
            terms.ends_at,
            now,
            staff_id,
        )
    )


async def set_state(tx: Tx, mall_id: MallId, rule_id: RuleId, state: RuleState, now: datetime) -> None:
    """Set the state of a locked rule."""
    await tx.run(
        "UPDATE pricing.rule SET state = $3, changed_at = $4 WHERE mall_id = $1 AND id = $2",
        mall_id,
        rule_id,
        state,
        now,
    )


class _Live(msgspec.Struct, frozen=True):
    id: RuleId
    version: int
    approved: RuleTerms
    second_person: bool


async def in_force(tx: ReadTx, mall_id: MallId, now: datetime) -> list[RuleInForce]:
    """Return the rules that decide prices at a moment."""
    found = await tx.all(
        _Live,
        """
        SELECT id, approved_version AS version, approved, second_person FROM pricing.rule
         WHERE mall_id = $1 AND state = 'live' AND coalesce(starts_at <= $2, true) AND coalesce(ends_at > $2, true)
        """,
        mall_id,
        now,
    )
    return [RuleInForce(id=r.id, version=r.version, terms=r.approved, second_person=r.second_person) for r in found]


async def any_live(tx: ReadTx, mall_id: MallId) -> bool:
    """Return whether any rule of the mall is live, whenever it starts."""
    found: bool = await tx.value(
        "SELECT EXISTS (SELECT FROM pricing.rule WHERE mall_id = $1 AND state = 'live')", mall_id
    )
    return found


class DueRule(msgspec.Struct, frozen=True):
    """A rule whose goods do not have the prices yet that it says."""

    mall_id: MallId
    id: RuleId


async def due_rules(tx: ReadTx, now: datetime, limit: int) -> list[DueRule]:
    """Return rules that changed, started or ended since their goods were last priced, longest waiting first."""
    return await tx.all(
        DueRule,
        """
        SELECT mall_id, id FROM pricing.rule
         WHERE state IN ('live', 'paused', 'ended')
           AND (settled_at IS NULL OR changed_at > settled_at
                OR (starts_at <= $1 AND starts_at > settled_at) OR (ends_at <= $1 AND ends_at > settled_at))
         ORDER BY changed_at LIMIT $2
        """,
        now,
        limit,
    )


async def settle_rule(tx: Tx, mall_id: MallId, rule_id: RuleId, *, since: datetime) -> None:
    """Note that all goods of a rule were priced as it stood at a moment; one whose period is over has ended."""
    await tx.run(
        """
        UPDATE pricing.rule SET settled_at = greatest(settled_at, $3),
               state = CASE WHEN state IN ('live', 'paused') AND ends_at <= $3 THEN 'ended' ELSE state END
         WHERE mall_id = $1 AND id = $2
        """,
        mall_id,
        rule_id,
        since,
    )


class Author(msgspec.Struct, frozen=True):
    """Who stands behind a version of a rule, and the rule's title."""

    rule_id: RuleId
    version: int
    by: UUID
    title_zh: str
    title_en: str


async def authors(tx: ReadTx, mall_id: MallId, rule_ids: Sequence[UUID]) -> list[Author]:
    """Return for each version of some rules who approved it (or made it), and its title."""
    return await tx.all(
        Author,
        """
        SELECT rule_id, version, coalesce(approved_by, made_by) AS by, terms ->> 'title_zh' AS title_zh,
               terms ->> 'title_en' AS title_en
          FROM pricing.version WHERE mall_id = $1 AND rule_id = ANY($2::uuid[]) ORDER BY version
        """,
        mall_id,
        list(rule_ids),
    )
