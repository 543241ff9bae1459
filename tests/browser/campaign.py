"""What a mall offers while the tests look: made through the API, as its staff would."""

import csv
import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.browser.people import Api

Made = dict[str, Any]


def moment(**shift: float) -> str:
    """Return an instant so far from now."""
    return (datetime.now(UTC) + timedelta(**shift)).isoformat()


def permit(operator: Api) -> None:
    """Have the mall trust one person with any budget; the desk's own tests look at the second one."""
    policy = operator.ask("/launch/policy")
    operator.tell("/launch/policy", {**policy, "budget_minor": 10**9, "budget_times": 1_000}, method="PUT")


def launched(operator: Api, kind: str, made: Made) -> Made:
    """Let something go live by the one way there is; `permit` came before."""
    review = operator.tell("/launch", {"subject_kind": kind, "subject_id": made["id"]})
    assert review["state"] == "approved", review["findings"]
    return made


def offer(operator: Api, *, title: tuple[str, str], preset: str, benefit: Made, layer: str, **terms: Any) -> Made:
    """Write an offer of the mall's own and launch it."""
    stacking = {"layer": layer, **terms.pop("stacking", {})}
    made = operator.tell(
        "/offers/manage",
        {
            "terms": {
                "preset": preset,
                "title_zh": title[0],
                "title_en": title[1],
                "benefit": benefit,
                "stacking": stacking,
                "shares": [{"funder": "mall", "funder_id": None, "share_bp": 10_000}],
                **terms,
            }
        },
    )
    return launched(operator, "offer", made)


def coupon(operator: Api, *, title: tuple[str, str], **terms: Any) -> Made:
    """Write a coupon of the mall's own and launch it."""
    made = operator.tell(
        "/coupons/manage",
        {
            "title_zh": title[0],
            "title_en": title[1],
            "kind": "amount",
            "amount_minor": 500,
            "claim_from": moment(hours=-1),
            "claim_until": moment(days=7),
            "use_from": moment(hours=-1),
            "use_until": moment(days=14),
            "total": 50,
            "funder": "mall",
            **terms,
        },
    )
    return launched(operator, "coupon", made)


def end(operator: Api, made: Made) -> None:
    """Take an offer out of the mall, so that other tests see their own prices."""
    operator.tell(f"/offers/{made['id']}/state", {"state": "ended"})


def festival(operator: Api, coupons: list[Made], **terms: Any) -> Made:
    """Write a festival that opens as told, and announce it."""
    made: Made = operator.tell(
        "/festivals/manage",
        {
            "title_zh": "周末消费券",
            "title_en": "Weekend vouchers",
            "text_zh": "全场通用，先到先得。",
            "text_en": "Good all over the mall, while they last.",
            "opens_at": moment(seconds=-5),
            "closes_at": moment(hours=2),
            "coupon_ids": [one["id"] for one in coupons],
            **terms,
        },
    )
    operator.tell(f"/festivals/{made['id']}/open")
    return made


def codes(operator: Api, made: Made, count: int) -> list[str]:
    """Make single-use codes of a coupon and read them from the file its staff would download."""
    address = f"/coupons/{made['id']}/code-batches"
    batch = operator.tell(address, {"count": count, "prefix": "TEA"})
    deadline = time.monotonic() + 20
    while operator.ask(address)["items"][0]["state"] != "ready":
        assert time.monotonic() < deadline, "the codes were not made"
        time.sleep(0.2)
    file = httpx.get(
        f"{operator.origin}/v1/malls/{operator.mall}{address}/{batch['id']}/file", headers=operator.headers, timeout=20
    )
    assert file.is_success, file.text
    return [row["code"] for row in csv.DictReader(io.StringIO(file.text))]
