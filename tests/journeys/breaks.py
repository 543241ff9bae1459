"""How every rule of value is broken: for each module and rule a statement that breaks it in the mall $1."""

from tests.journeys.breaks_delivery import DELIVERY_BREAKS
from tests.journeys.breaks_fulfilment import FULFILMENT_BREAKS

MALLS_ENTRY = "(SELECT id FROM ledger.entry WHERE mall_id = $1 AND code = 'orders.paid' LIMIT 1)"
MEMBERS_ACCOUNT = "owner_id IN (SELECT member_id FROM orders.purchase WHERE mall_id = $1) AND kind = 'member_points'"
MEMBERS_LOTS = f"account_id IN (SELECT id FROM ledger.account WHERE {MEMBERS_ACCOUNT})"
MISFILED = "UPDATE ledger.entry SET reference = gen_random_uuid() WHERE mall_id = $1 AND code = "

A_STATEMENT = (
    "INSERT INTO settlement.statement (mall_id, id, merchant_id, currency, n, starts_on, ends_on, opening_minor, "
    "moved_minor, closing_minor, reserve_minor, waiting_minor, due_minor, entries, lines, closed_at)"
)
A_PAYOUT = (
    "INSERT INTO settlement.payout (mall_id, id, statement_id, merchant_id, currency, amount_minor, created_at) "
    "VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'CNY', 7, now())"
)

BREAKS = {
    **DELIVERY_BREAKS,
    **FULFILMENT_BREAKS,
    "ledger": {
        "the ledger sums to zero for each asset": f"UPDATE ledger.posting SET amount = amount + 7 "
        f"WHERE entry_id = {MALLS_ENTRY} AND position = 0",
        "each entry has postings that sum to zero for each asset": f"DELETE FROM ledger.posting "
        f"WHERE entry_id = {MALLS_ENTRY}",
        "every posting has its account, of the same asset": f"UPDATE ledger.posting SET account_id = gen_random_uuid() "
        f"WHERE entry_id = {MALLS_ENTRY} AND position = 0",
        "a guarded balance is the sum of its postings": f"UPDATE ledger.account SET balance = balance + 1 "
        f"WHERE {MEMBERS_ACCOUNT}",
        "what remains of a lot is its quantity less its uses": f"UPDATE ledger.lot SET remaining = remaining - 1 "
        f"WHERE {MEMBERS_LOTS} AND remaining > 0",
        "the lots of an account add up to its balance": f"DELETE FROM ledger.lot WHERE {MEMBERS_LOTS}",
        "what an account and its lots hold is the sum of its pending holds": f"UPDATE ledger.account SET held = 1 "
        f"WHERE {MEMBERS_ACCOUNT}",
        "what came back of a debit is what was given back for it": f"UPDATE ledger.lot_use SET returned = returned + 1 "
        f"WHERE lot_id IN (SELECT id FROM ledger.lot WHERE {MEMBERS_LOTS})",
    },
    "stock": {
        "stock on hand is the sum of its movements": "UPDATE stock.level SET on_hand = on_hand + 1 WHERE mall_id = $1",
        "reserved stock is the sum of its held reservations": "UPDATE stock.reservation SET state = 'released' "
        "WHERE mall_id = $1 AND state = 'held'",
    },
    "coupons": {
        "coupons count their claims": "UPDATE coupons.coupon SET claimed = claimed - 1 WHERE mall_id = $1",
        "no coupon is claimed beyond its total": "UPDATE coupons.coupon SET total = claimed - 1 WHERE mall_id = $1",
        "no member has more of a coupon than the limit": "UPDATE coupons.claim SET seq = seq + 9 WHERE mall_id = $1",
        "budgets commit what is issued of them": "UPDATE coupons.coupon SET committed_minor = committed_minor - 1 "
        "WHERE mall_id = $1 AND budget_minor IS NOT NULL",
        "pools count their claims": "UPDATE coupons.claim SET pool_id = NULL WHERE mall_id = $1 "
        "AND pool_id IS NOT NULL",
        "pools lose nothing when they roll over": "UPDATE coupons.pool SET carried = 1 WHERE mall_id = $1",
        "every redeemed code has its claim": "UPDATE coupons.code SET claim_id = gen_random_uuid() "
        "WHERE mall_id = $1 AND claim_id IS NOT NULL",
        "batches count their codes": "DELETE FROM coupons.code WHERE mall_id = $1 AND claim_id IS NULL",
        "what was given to a friend is there once": "UPDATE coupons.claim SET reference = NULL "
        "WHERE mall_id = $1 AND source = 'transfer'",
        "no shop has spent more of a coupon than its limit": "UPDATE coupons.shop_use SET used = used + 1 "
        "WHERE mall_id = $1",
        "every claim has what its version says": "DELETE FROM coupons.version WHERE mall_id = $1",
        "every claim has its coupon": "DELETE FROM coupons.coupon WHERE mall_id = $1",
    },
    "offers": {
        "no offer is used beyond its limits": "UPDATE offers.counter SET allowed = used - 1 WHERE mall_id = $1",
        "offers count their uses": "UPDATE offers.use SET state = 'released' WHERE mall_id = $1",
        "every live offer was launched": "UPDATE offers.version SET approved_at = NULL WHERE mall_id = $1",
        "offers have all their versions": "UPDATE offers.offer SET version = version + 1 WHERE mall_id = $1",
    },
    "pricing": {
        "no rule sells below a floor price": "UPDATE pricing.cost SET floor_minor = 1000000, "
        "changed_at = changed_at - interval '1 day' WHERE mall_id = $1",
        "every online price is of a rule that was approved": "UPDATE pricing.rule SET approved = NULL "
        "WHERE mall_id = $1",
    },
    "settlement": {
        "every statement is the sum of its lines and of its entries": f"{A_STATEMENT} "
        "VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'CNY', 1, '2026-01-01', '2026-01-08', 0, 7, 7, 0, 0, 7, 1, "
        "'[]', now())",
        "every statement begins where the one before ended": f"{A_STATEMENT} "
        "VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'CNY', 2, '2026-01-01', '2026-01-08', 5, 0, 5, 0, 0, 5, 0, "
        "'[]', now())",
        "every book stands where its last statement ended": "INSERT INTO settlement.book "
        "(mall_id, merchant_id, currency, balance_minor) VALUES ($1, gen_random_uuid(), 'CNY', 5)",
        "every stated entry is what the ledger says": f"WITH s AS ({A_STATEMENT} "
        "VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'CNY', 1, '2026-01-01', '2026-01-08', 0, 7, 7, 0, 0, 7, 1, "
        "'[]', now()) RETURNING *) INSERT INTO settlement.entry (mall_id, merchant_id, entry_id, statement_id, kind, "
        "code, reference, at, goods_minor, discount_minor, delivery_minor, fee_minor, cash_minor, amount_minor) "
        "SELECT mall_id, merchant_id, gen_random_uuid(), id, 'other', 'x', gen_random_uuid(), now(), 7, 0, 0, 0, 0, 7 "
        "FROM s",
        "money on its way to merchants is in the ledger until it arrives or comes back": A_PAYOUT,
        "what is due is paid out once a statement is approved": f"{A_STATEMENT[:-1]}, state, checked_by, checked_at, "
        "approved_by, approved_at) VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'CNY', 1, '2026-01-01', "
        "'2026-01-08', 0, 7, 7, 0, 0, 7, 1, '[]', now(), 'approved', gen_random_uuid(), now(), gen_random_uuid(), "
        "now())",
    },
    "invoices": {
        "no invoice is taken back beyond what it is on": "INSERT INTO invoices.invoice (mall_id, id, order_id, "
        "sub_order_id, order_number, shop_id, merchant_id, seller_zh, seller_en, member_id, kind, title, amount_minor, "
        "currency, state, asked_at) VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '1', "
        "gen_random_uuid(), gen_random_uuid(), 'x', 'x', gen_random_uuid(), 'person', 'x', 5, 'CNY', 'red', now())",
    },
    "orders": {
        "every order is the sum of its shops' parts": "UPDATE orders.purchase SET goods_minor = goods_minor + 1 "
        "WHERE mall_id = $1",
        "every part of an order is the sum of its units": "UPDATE orders.line SET unit_paid_minor[1] = 1 "
        "WHERE mall_id = $1",
        "every unit's discount is borne by someone": "UPDATE orders.line SET shares = '[]' WHERE mall_id = $1",
        "every order's discount is its offers'": "UPDATE orders.applied SET discount_minor = discount_minor + 1 "
        "WHERE mall_id = $1",
        "every order's tenders are what it costs": "UPDATE orders.purchase SET tenders = '[]' WHERE mall_id = $1",
        "every delivery fee's discount is borne by someone": "UPDATE orders.sub_order "
        "SET delivery_discount_minor = delivery_discount_minor + 1 WHERE mall_id = $1",
        "every transition of an order is kept": "DELETE FROM orders.event WHERE mall_id = $1",
    },
    "redemption": {
        "every redeemed ticket has one standing redemption, every other none": "UPDATE redemption.ticket "
        "SET state = 'valid' WHERE mall_id = $1 AND state = 'redeemed'",
        "every voucher ticket says what its unit says": "UPDATE orders.line SET fulfilled_units = '{}' "
        "WHERE mall_id = $1",
        "every coupon redeemed in a shop is spent there": "UPDATE coupons.claim SET state = 'issued' "
        "WHERE mall_id = $1 AND shop_id IS NOT NULL",
        "the funders' shares of every discount sum to it": "UPDATE redemption.redemption "
        "SET discount_minor = discount_minor + 1 WHERE mall_id = $1 AND discount_minor > 0",
        "every accepted late scan has its redemption": "UPDATE redemption.offline_scan "
        "SET redemption_id = gen_random_uuid() WHERE mall_id = $1 AND outcome = 'accepted'",
    },
    "returns": {
        "every refund is the sum of its lines": "UPDATE returns.refund SET amount_minor = amount_minor + 1 "
        "WHERE mall_id = $1",
        "every unit given back has one refund": "UPDATE returns.refund_line SET units = units || units "
        "WHERE mall_id = $1",
        "every refund has its ledger entry": MISFILED + "'returns.refund'",
    },
    "aftersales": {
        "a case holds its units while it is open, and no longer": "UPDATE aftersales.case_unit SET held = NOT held "
        "WHERE mall_id = $1",
        "every case is where its last move left it": "DELETE FROM aftersales.move WHERE mall_id = $1",
        "the money of a case is that of its refund": "UPDATE aftersales.case_file "
        "SET settled_minor = settled_minor + 1 WHERE mall_id = $1 AND state = 'refunded'",
        "a replacement is set aside until it is handed out or given up": "UPDATE aftersales.case_file "
        "SET reservation_id = gen_random_uuid() WHERE mall_id = $1 AND reservation_id IS NOT NULL",
    },
    "payments": {
        "a payment's refunds sum to what it gave back": "DELETE FROM payments.refund WHERE mall_id = $1",
        "a payment is collected by one attempt": "UPDATE payments.attempt SET state = 'failed' WHERE mall_id = $1",
        "money that came twice goes back": "UPDATE payments.intent SET purpose = 'surplus' WHERE mall_id = $1",
        "every refund paid out is in the ledger": MISFILED + "'payments.refunded'",
    },
    "checkout": {
        "every paid order is in the ledger": MISFILED + "'orders.paid'",
        "every paid order was collected": "UPDATE payments.intent SET state = 'closed' WHERE mall_id = $1",
        "points and stored value are set aside while an order waits, and no longer": "UPDATE ledger.hold "
        "SET state = 'voided' WHERE mall_id = $1",
        "deposits are those of orders that wait": "UPDATE orders.purchase "
        "SET collected = ARRAY[(tenders -> 0 ->> 'id')::uuid] WHERE mall_id = $1 AND state = 'pending_payment'",
        "money for an unpaid order goes back": "UPDATE orders.purchase SET state = 'expired' WHERE mall_id = $1",
    },
    "wallet": {"every credit at a desk is in the ledger": MISFILED + "'wallet.credited'"},
    "points": {
        "pending points are what pending awards keep": "UPDATE points.award SET kept = kept + 1 "
        "WHERE mall_id = $1 AND state = 'pending'",
        "what merchants issued is what awards keep": "UPDATE points.award SET kept = kept + 1 "
        "WHERE mall_id = $1 AND state = 'active'",
        "owed points are what the ledger says": "INSERT INTO points.debt SELECT DISTINCT member_id, group_id, 5 "
        "FROM orders.purchase WHERE mall_id = $1 ON CONFLICT (member_id) DO UPDATE SET owed = points.debt.owed + 5",
    },
    "launch": {
        "nobody decided his own request": "UPDATE launch.review SET needed_second = true, decided_by = requested_by "
        "WHERE mall_id = $1",
        "what waits for approval has a request": "UPDATE offers.offer SET state = 'pending' WHERE mall_id = $1",
    },
    "festivals": {
        "no coupon of a stopped festival is live": "WITH f AS (UPDATE festivals.festival SET state = 'paused' "
        "WHERE mall_id = $1) UPDATE festivals.festival_coupon SET paused = true WHERE mall_id = $1",
        "every festival has its queue and its coupons exist": "DELETE FROM festivals.queue WHERE mall_id = $1",
        "the board counts no claim that is none": "INSERT INTO festivals.minute "
        "SELECT mall_id, festival_id, coupon_id, now(), 1 FROM festivals.festival_coupon WHERE mall_id = $1",
    },
    "checkins": {
        "points of check-ins are what malls gave": "UPDATE checkins.visit SET points = points + 1 WHERE mall_id = $1",
        "a streak goes on from the day before": "INSERT INTO checkins.visit (mall_id, member_id, day, id, streak, at) "
        "SELECT mall_id, member_id, day + 1, gen_random_uuid(), streak + 2, at FROM checkins.visit WHERE mall_id = $1",
    },
}
