"""Every screen there is, by the name of its picture: where it is, and who is needed to see it."""

from tests.browser.people import Api

Screens = dict[str, str]


def shopper_screens(member: Api) -> Screens:
    """Return the shopper's screens; addresses with something in them show something lively."""
    orders = member.ask("/me/orders", limit=50)["items"]
    paid = [order for order in orders if order["state"] == "paid"]
    waiting = next(order for order in paid if any(part["state"] in {"preparing", "ready"} for part in order["shops"]))
    refundable = next(order for order in paid if len(order["shops"]) > 1)
    goods = member.ask("/products", limit=5)["items"]
    shop = goods[0]["shop_id"]
    floor = next(f for building in member.ask("/floors") for f in building["floors"] if f["code"] == "L2")
    coupon = next(one for one in member.ask("/coupons")["items"] if one["claimable"])
    return {
        "home": "/",
        "shops": "/shops",
        "shop": f"/shops/{shop}",
        "floor": f"/floors/{floor['id']}?shop={shop}",
        "search": "/search",
        "search-results": "/search?q=咖啡",
        "search-nothing": "/search?q=zzzzqq",
        "product": f"/products/{goods[0]['id']}",
        "coupons": "/coupons",
        "coupon": f"/coupons/{coupon['id']}",
        "cart": "/cart",
        "checkout": "/checkout",
        "paying": f"/orders/{waiting['id']}/paying?back=1",
        "code": "/code",
        "me": "/me",
        "orders": "/orders",
        "order": f"/orders/{waiting['id']}",
        "order-refund": f"/orders/{refundable['id']}/refund",
        "my-coupons": "/me/coupons",
        "points": "/me/points",
        "check-in": "/me/check-in",
        "family": "/me/family",
        "my-bags": "/me/bags",
        "bag-proxy-gone": "/b/NOTHERE",
        "flash": "/flash",
        "festival-gone": "/festivals/00000000-0000-7000-8000-000000000000",
        "poster": "/p/NOTHERE",
        "sign-ins": "/me/sign-ins",
        "not-found": "/nowhere/at/all",
    }


STRANGER = {
    "stranger-home": "/",
    "stranger-cart": "/cart",
    "stranger-code": "/code",
    "stranger-me": "/me",
    "stranger-flash": "/flash",
    "stranger-check-in": "/me/check-in",
    "stranger-poster": "/p/NOTHERE",
    "stranger-transfer": "/t/NOTHERE",
    "sign-in": "/sign-in",
    "staff-sign-in": "/staff/sign-in",
}


def staff_screens(clerk: Api, shop: str) -> Screens:
    """Return the screens of staff mode at a shop."""
    orders = clerk.ask("/orders", shop=shop, limit=50)["items"]
    order = next(one["id"] for one in orders if one["state"] == "paid")
    return {
        "staff-home": "/staff",
        "staff-scan": "/staff/scan",
        "staff-shop": "/staff/shop",
        "staff-redemptions": "/staff/redemptions",
        "staff-orders": "/staff/orders",
        "staff-bags": "/staff/bags",
        "staff-bag-seal": "/staff/bags/seal",
        "staff-order": f"/staff/orders/{order}",
        "staff-refund": f"/staff/orders/{order}/refund",
    }


def console_screens(operator: Api) -> Screens:
    """Return the screens of the console, everything an operator may see."""
    orders = operator.ask("/orders", limit=50)["items"]
    order = next(one["id"] for one in orders if one["state"] == "paid")
    goods = operator.ask("/products", limit=1)["items"][0]
    coupon = operator.ask("/coupons/manage", limit=1)["items"][0]
    offer = operator.ask("/offers/manage", limit=1)["items"][0]["id"]
    return {
        "console-overview": "/console/",
        "console-figure": "/console/figures/sales",
        "console-figure-empty": "/console/figures/refunds",
        "console-orders": "/console/orders",
        "console-order": f"/console/orders/{order}",
        "console-refunds": "/console/refunds",
        "console-redemptions": "/console/redemptions",
        "console-bags": "/console/bags",
        "console-bag-exceptions": "/console/bag-exceptions",
        "console-bag-claims": "/console/bag-claims",
        "console-bag-places": "/console/bag-places",
        "console-goods": "/console/goods",
        "console-goods-new": "/console/goods/new",
        "console-goods-edit": f"/console/goods/{goods['id']}",
        "console-transfers": "/console/goods/transfers",
        "console-stock": "/console/stock",
        "console-coupons": "/console/coupons",
        "console-coupon-new": "/console/coupons/new",
        "console-coupon": f"/console/coupons/{coupon['id']}",
        "console-coupon-codes": f"/console/coupons/{coupon['id']}/issue",
        "console-coupon-posters": f"/console/coupons/{coupon['id']}/issue?tab=posters",
        "console-coupon-push": f"/console/coupons/{coupon['id']}/issue?tab=push",
        "console-coupon-pools": f"/console/coupons/{coupon['id']}/issue?tab=pools",
        "console-offers": "/console/offers",
        "console-offer-kinds": "/console/offers/new",
        "console-offer-new": "/console/offers/new?preset=half_price_second",
        "console-offer-tiers": "/console/offers/new?preset=spend_and_save",
        "console-offer-flash": "/console/offers/new?preset=flash_sale",
        "console-offer": f"/console/offers/{offer}",
        "console-offer-calendar": "/console/offers/calendar",
        "console-offer-result": f"/console/results/offers/{offer}",
        "console-results": "/console/results",
        "console-approvals": "/console/approvals",
        "console-changes": "/console/changes",
        "console-simulator": f"/console/simulator?offer={offer}",
        "console-sponsors": "/console/sponsors",
        "console-festivals": "/console/festivals",
        "console-festival-new": "/console/festivals/new",
        "console-check-ins": "/console/check-ins",
        "console-price-rules": "/console/prices",
        "console-price-rule-new": "/console/prices/new",
        "console-costs": f"/console/prices/costs?shop={goods['shop_id']}",
        "console-price-history": f"/console/prices/products/{goods['id']}",
        "console-assistant": f"/console/assistant?shop={goods['shop_id']}",
        "console-points-rules": "/console/points/rules",
        "console-shops": "/console/shops",
        "console-shop-new": "/console/shops/new",
        "console-shop": f"/console/shops/{goods['shop_id']}",
        "console-floors": "/console/floors",
        "console-categories": "/console/categories",
        "console-merchants": "/console/merchants",
        "console-malls": "/console/malls",
        "console-import": "/console/import",
        "console-events": "/console/events",
        "console-staff": "/console/staff",
        "console-audit": "/console/audit",
        "console-account": "/console/account",
        "console-not-found": "/console/nowhere/at/all",
    }
