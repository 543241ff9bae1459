"""All SQL of sponsors."""

from datetime import datetime

from galleria.kernel.ids import MallId, SponsorId
from galleria.platform.tx import ReadTx, Tx
from galleria.value.offers.model import (
    NewSponsor,
    Sponsor,
)

_SPONSOR = "mall_id, id, kind, name_zh, name_en, merchant_ids, created_at"


async def add_sponsor(tx: Tx, *, mall_id: MallId, sponsor_id: SponsorId, new: NewSponsor, now: datetime) -> Sponsor:
    """Insert a sponsor."""
    made = await tx.one(
        Sponsor,
        f"INSERT INTO offers.sponsor ({_SPONSOR}) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_SPONSOR}",
        mall_id,
        sponsor_id,
        new.kind.value,
        new.name_zh,
        new.name_en,
        new.merchant_ids,
        now,
    )
    if made is None:
        raise AssertionError("a sponsor was inserted, yet is gone")
    return made


async def change_sponsor(tx: Tx, *, mall_id: MallId, sponsor_id: SponsorId, new: NewSponsor) -> Sponsor | None:
    """Write a sponsor anew; None when there is none."""
    return await tx.one(
        Sponsor,
        f"""
        UPDATE offers.sponsor SET kind = $3, name_zh = $4, name_en = $5, merchant_ids = $6
         WHERE mall_id = $1 AND id = $2 RETURNING {_SPONSOR}
        """,
        mall_id,
        sponsor_id,
        new.kind.value,
        new.name_zh,
        new.name_en,
        new.merchant_ids,
    )


async def sponsors(tx: ReadTx, mall_id: MallId) -> list[Sponsor]:
    """Return the sponsors of a mall, by Chinese name."""
    return await tx.all(
        Sponsor, f"SELECT {_SPONSOR} FROM offers.sponsor WHERE mall_id = $1 ORDER BY name_zh, id", mall_id
    )
