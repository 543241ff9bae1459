"""One person is one member in all malls of a group, with the same points; and a stranger in any other group's."""

from tests.factories.checkout import Shopper
from tests.factories.malls import make_mall
from tests.factories.members import new_phone
from tests.factories.stories import Story, Town, make_town


async def points_of(shopper: Shopper) -> tuple[int, int, int]:
    found = (await shopper.get("/me/points")).json()
    return found["balance"], found["pending"], found["owed"]


async def test_points_of_one_mall_are_spent_in_the_other(story: Story, town: Town) -> None:
    sister = await make_town(story, mall=await make_mall(story.runtime, group_id=town.mall.group_id))
    foreign = await make_town(story)
    await town.rule(posts="at_once")
    await sister.rule(posts="at_once", points_per_100_minor_bp=20_000)
    phone = new_phone()

    here = await story.shopper(town.mall, town.goods, phone)
    await story.passes(minutes=1, seconds=1)
    there = await story.shopper(sister.mall, sister.goods, phone)
    assert here.member == there.member
    await story.passes(minutes=1, seconds=1)
    elsewhere = await story.shopper(foreign.mall, foreign.goods, phone)
    assert elsewhere.member_id != here.member_id

    first = await town.bought(here, 1)
    assert await points_of(here) == await points_of(there) == (80, 0, 0)
    await story.sound()
    second = await sister.bought(there, 1)
    assert await points_of(here) == await points_of(there) == (80 + 160, 0, 0)
    assert await points_of(elsewhere) == (0, 0, 0)
    assert [o["id"] for o in (await here.get("/me/orders")).json()["items"]] == [first["id"]]
    assert [o["id"] for o in (await there.get("/me/orders")).json()["items"]] == [second["id"]]
    assert (await here.get(f"/me/orders/{second['id']}")).status_code == 404
    await story.sound()

    dear = await sister.coupon(points_price=200)
    await sister.claim(there, dear)
    assert await points_of(here) == (40, 0, 0)
    poor = await there.post(f"/coupons/{await sister.coupon(points_price=41)}/claims")
    assert (poor.status_code, poor.json()["code"]) == (409, "insufficient_points")
    assert await points_of(there) == (40, 0, 0)
    history = (await here.get("/me/points/history")).json()["items"]
    assert [(line["kind"], line["points"]) for line in history] == [("spent", -200), ("earned", 160), ("earned", 80)]
    assert [line["mall_id"] for line in history] == [str(m.mall.mall_id) for m in (sister, sister, town)]
    await story.sound()

    refunded = await there.post(f"/me/orders/{second['id']}/refunds", {"everything": True})
    assert refunded.json()["points_taken"] == 160
    assert await points_of(here) == (0, 0, 120)
    await story.sound()
    await town.bought(here, 2)
    assert await points_of(there) == (40, 0, 0)
    await story.sound()

    stranger = await story.client.get(f"{foreign.base}/me/points", headers=here.headers)
    assert stranger.status_code == 403
    bought_here = await story.client.get(f"{foreign.base}/me/orders", headers=there.headers)
    assert bought_here.status_code == 403
