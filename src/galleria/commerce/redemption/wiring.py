"""What redemption brings to the program."""

from galleria.commerce.redemption.http import ROUTES
from galleria.platform.module import Invariant, Keyed, Module

_STANDING = """
SELECT 'ticket ' || t.id || ' is ' || t.state || ' and has ' || count(r.id) || ' standing redemptions'
  FROM redemption.ticket t
  LEFT JOIN redemption.redemption r ON r.mall_id = t.mall_id AND r.ticket_id = t.id AND r.reversed_at IS NULL
 GROUP BY t.mall_id, t.id, t.state
HAVING count(r.id) <> CASE t.state WHEN 'redeemed' THEN 1 ELSE 0 END
 LIMIT 20
"""
_VOUCHERS = """
SELECT 'voucher ticket ' || t.id || ' is ' || t.state || ', its unit says otherwise'
  FROM redemption.ticket t JOIN orders.line l ON l.mall_id = t.mall_id AND l.id = t.line_id
 WHERE t.kind = 'voucher'
   AND t.state <> CASE WHEN t.unit = ANY (l.refunded_units) THEN 'void'
                       WHEN t.unit = ANY (l.fulfilled_units) THEN 'redeemed' ELSE 'valid' END
 LIMIT 20
"""
_COUPONS = """
SELECT 'claim ' || c.id || ' is ' || c.state || ', its ticket is redeemed'
  FROM redemption.ticket t JOIN coupons.claim c ON c.mall_id = t.mall_id AND c.id = t.claim_id
 WHERE t.kind = 'coupon' AND t.state = 'redeemed' AND c.state <> 'used'
 LIMIT 20
"""
_SHARES = """
SELECT 'redemption ' || r.id || ' took ' || coalesce(r.discount_minor, 0) || ' off, its shares sum to ' || s.total
  FROM redemption.redemption r,
       LATERAL (SELECT coalesce(sum((e ->> 'amount_minor')::bigint), 0) AS total
                  FROM jsonb_array_elements(r.shares) AS e) AS s
 WHERE s.total <> coalesce(r.discount_minor, 0)
 LIMIT 20
"""
_SCANS = """
SELECT 'late scan ' || o.request_number || ' was accepted, its redemption ' || o.redemption_id || ' is not there'
  FROM redemption.offline_scan o
 WHERE o.outcome = 'accepted'
   AND NOT EXISTS (SELECT FROM redemption.redemption r WHERE r.mall_id = o.mall_id AND r.id = o.redemption_id)
 LIMIT 20
"""

MODULE = Module(
    name="redemption",
    routes=ROUTES,
    tables={
        "redemption.ticket": Keyed.MALL,
        "redemption.redemption": Keyed.MALL,
        "redemption.lock": Keyed.MALL,
        "redemption.offline_scan": Keyed.MALL,
    },
    invariants=[
        Invariant("every redeemed ticket has one standing redemption, every other none", _STANDING),
        Invariant("every voucher ticket says what its unit says", _VOUCHERS),
        Invariant("every coupon redeemed in a shop is spent there", _COUPONS),
        Invariant("the funders' shares of every discount sum to it", _SHARES),
        Invariant("every accepted late scan has its redemption", _SCANS),
    ],
)
