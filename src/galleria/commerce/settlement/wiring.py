"""What settlement brings to the program."""

from galleria.commerce.settlement.http import ROUTES
from galleria.commerce.settlement.jobs import close_due
from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module

_SUMS = """
SELECT 'statement ' || s.id || ' says ' || s.moved_minor || ' moved in ' || s.entries || ' entries, they say '
       || coalesce(e.moved, 0) || ' in ' || coalesce(e.entries, 0)
  FROM settlement.statement s
  LEFT JOIN (SELECT mall_id, statement_id, sum(amount_minor) AS moved, count(*) AS entries
               FROM settlement.entry GROUP BY mall_id, statement_id) e
    ON e.mall_id = s.mall_id AND e.statement_id = s.id
 WHERE s.moved_minor <> coalesce(e.moved, 0) OR s.entries <> coalesce(e.entries, 0)
    OR s.moved_minor <> (SELECT coalesce(sum((l ->> 'amount_minor')::bigint), 0)
                            FROM jsonb_array_elements(s.lines) AS l)
 LIMIT 20
"""
_CHAIN = """
SELECT 'statement ' || s.id || ' opens with ' || s.opening_minor || ' on ' || s.starts_on || ', the one before left '
       || coalesce(b.closing_minor, 0) || ' on ' || coalesce(b.ends_on::text, 'no day')
  FROM settlement.statement s
  LEFT JOIN settlement.statement b
    ON b.mall_id = s.mall_id AND b.merchant_id = s.merchant_id AND b.currency = s.currency AND b.n = s.n - 1
 WHERE s.opening_minor <> coalesce(b.closing_minor, 0) OR s.starts_on <> coalesce(b.ends_on, s.starts_on)
 LIMIT 20
"""
_BOOKS = """
SELECT 'the book of ' || b.merchant_id || ' says ' || b.balance_minor || ' after ' || b.statements
       || ' statements, the last says ' || coalesce(s.closing_minor, 0)
  FROM settlement.book b
  LEFT JOIN settlement.statement s
    ON s.mall_id = b.mall_id AND s.merchant_id = b.merchant_id AND s.currency = b.currency AND s.n = b.statements
 WHERE b.balance_minor <> coalesce(s.closing_minor, 0) OR b.closed_until IS DISTINCT FROM s.ends_on
 LIMIT 20
"""
_LEDGER = """
SELECT 'entry ' || e.entry_id || ' is stated as ' || e.amount_minor || ' to ' || e.merchant_id || ', the ledger says '
       || coalesce(l.amount, 0)
  FROM settlement.entry e JOIN settlement.statement s ON s.mall_id = e.mall_id AND s.id = e.statement_id
 CROSS JOIN LATERAL (
   SELECT sum(p.amount) AS amount FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
    WHERE p.entry_id = e.entry_id AND a.owner_id = e.merchant_id AND a.asset = s.currency
      AND a.kind IN ('merchant_payable', 'cash_held')) l
 WHERE e.amount_minor <> coalesce(l.amount, 0)
 LIMIT 20
"""
_PAYOUTS = """
SELECT 'payout ' || p.id || ' is ' || p.state || ' with ' || p.amount_minor || ', on its way in the ledger is '
       || coalesce(l.amount, 0)
  FROM settlement.payout p
  LEFT JOIN LATERAL (
    SELECT sum(x.amount) AS amount FROM ledger.entry e JOIN ledger.posting x ON x.entry_id = e.id
      JOIN ledger.account a ON a.id = x.account_id
     WHERE e.reference = p.id AND a.kind = 'payouts'
       AND e.code IN ('settlement.payout', 'settlement.payout_paid', 'settlement.payout_recalled',
                      'settlement.payout_returned')) l ON true
 WHERE coalesce(l.amount, 0) <> CASE WHEN p.state IN ('due', 'sent') THEN p.amount_minor ELSE 0 END
 LIMIT 20
"""
_APPROVED = """
SELECT 'statement ' || s.id || ' is ' || s.state || ' with ' || s.due_minor || ' due, paid out are '
       || coalesce(p.amount_minor, 0)
  FROM settlement.statement s
  LEFT JOIN settlement.payout p ON p.mall_id = s.mall_id AND p.statement_id = s.id
 WHERE coalesce(p.amount_minor, 0) <> CASE s.state WHEN 'approved' THEN s.due_minor ELSE 0 END
 LIMIT 20
"""

MODULE = Module(
    name="settlement",
    routes=ROUTES,
    schedules=[Schedule("settlement.close_due", 3600, close_due)],
    tables={
        "settlement.terms": Keyed.MALL,
        "settlement.book": Keyed.MALL,
        "settlement.statement": Keyed.MALL,
        "settlement.entry": Keyed.MALL,
        "settlement.payout": Keyed.MALL,
    },
    invariants=[
        Invariant("every statement is the sum of its lines and of its entries", _SUMS),
        Invariant("every statement begins where the one before ended", _CHAIN),
        Invariant("every book stands where its last statement ended", _BOOKS),
        Invariant("every stated entry is what the ledger says", _LEDGER),
        Invariant("money on its way to merchants is in the ledger until it arrives or comes back", _PAYOUTS),
        Invariant("what is due is paid out once a statement is approved", _APPROVED),
    ],
)
