"""What ledger brings to the program."""

from galleria.foundation.ledger.jobs import expire
from galleria.platform.jobs import Schedule
from galleria.platform.module import Invariant, Keyed, Module

MODULE = Module(
    name="ledger",
    schedules=[Schedule("ledger.expire", 60, expire)],
    tables={
        "ledger.account": Keyed.OWNER,
        "ledger.entry": Keyed.OWNER,
        "ledger.posting": Keyed.OWNER,
        "ledger.lot": Keyed.OWNER,
        "ledger.lot_use": Keyed.OWNER,
        "ledger.hold": Keyed.OWNER,
        "ledger.hold_lot": Keyed.OWNER,
    },
    invariants=[
        Invariant(
            "the ledger sums to zero for each asset",
            """
            SELECT 'asset ' || asset || ' sums to ' || sum(amount) FROM ledger.posting
             GROUP BY asset HAVING sum(amount) <> 0 LIMIT 20
            """,
        ),
        Invariant(
            "each entry has postings that sum to zero for each asset",
            """
            SELECT 'entry ' || e.id || ': ' || coalesce(p.asset || ' sums to ' || sum(p.amount), 'no postings')
              FROM ledger.entry AS e LEFT JOIN ledger.posting AS p ON p.entry_id = e.id
             GROUP BY e.id, p.asset HAVING coalesce(sum(p.amount), 1) <> 0 LIMIT 20
            """,
        ),
        Invariant(
            "every posting has its account, of the same asset",
            """
            SELECT 'entry ' || p.entry_id || ' posts to ' || p.account_id
              FROM ledger.posting AS p LEFT JOIN ledger.account AS a ON a.id = p.account_id AND a.asset = p.asset
             WHERE a.id IS NULL LIMIT 20
            """,
        ),
        Invariant(
            "a guarded balance is the sum of its postings",
            """
            SELECT 'account ' || a.id || ' says ' || a.balance || ', its postings ' || coalesce(p.total, 0)
              FROM ledger.account AS a
              LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger.posting GROUP BY account_id) AS p
                ON p.account_id = a.id
             WHERE a.guarded AND a.balance <> coalesce(p.total, 0) LIMIT 20
            """,
        ),
        Invariant(
            "what remains of a lot is its quantity less its uses",
            """
            SELECT 'lot ' || l.id || ' has ' || l.remaining || ' of ' || l.quantity || ', used ' || coalesce(u.used, 0)
              FROM ledger.lot AS l
              LEFT JOIN (SELECT lot_id, sum(amount) AS used FROM ledger.lot_use GROUP BY lot_id) AS u
                ON u.lot_id = l.id
             WHERE l.remaining <> l.quantity - coalesce(u.used, 0) LIMIT 20
            """,
        ),
        Invariant(
            "the lots of an account add up to its balance",
            """
            SELECT 'account ' || a.id || ' says ' || a.balance || ', its lots ' || coalesce(l.remaining, 0)
              FROM ledger.account AS a
              LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM ledger.lot GROUP BY account_id) AS l
                ON l.account_id = a.id
             WHERE a.lotted AND a.balance <> coalesce(l.remaining, 0) LIMIT 20
            """,
        ),
        Invariant(
            "what an account and its lots hold is the sum of its pending holds",
            """
            SELECT 'account ' || a.id || ' holds ' || a.held || ', its holds ' || coalesce(h.held, 0) || ', its lots '
                   || coalesce(l.held, 0)
              FROM ledger.account AS a
              LEFT JOIN (SELECT account_id, sum(amount) AS held FROM ledger.hold WHERE state = 'pending'
                          GROUP BY account_id) AS h ON h.account_id = a.id
              LEFT JOIN (SELECT account_id, sum(held) AS held FROM ledger.lot GROUP BY account_id) AS l
                ON l.account_id = a.id
             WHERE a.guarded AND (a.held <> coalesce(h.held, 0) OR (a.lotted AND a.held <> coalesce(l.held, 0)))
             LIMIT 20
            """,
        ),
        Invariant(
            "what came back of a debit is what was given back for it",
            """
            SELECT 'lot ' || lot_id || ' got back ' || -sum(least(amount, 0)) || ', its debits say ' || sum(returned)
              FROM ledger.lot_use GROUP BY lot_id HAVING -sum(least(amount, 0)) <> sum(returned) LIMIT 20
            """,
        ),
    ],
)
