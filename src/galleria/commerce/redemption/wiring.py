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

MODULE = Module(
    name="redemption",
    routes=ROUTES,
    tables={"redemption.ticket": Keyed.MALL, "redemption.redemption": Keyed.MALL},
    invariants=[
        Invariant("every redeemed ticket has one standing redemption, every other none", _STANDING),
        Invariant("every voucher ticket says what its unit says", _VOUCHERS),
    ],
)
