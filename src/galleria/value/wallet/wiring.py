"""What wallet brings to the program."""

from galleria.platform.module import Invariant, Keyed, Module
from galleria.value.wallet.http import ROUTES

_CREDITED = """
SELECT 'credit ' || c.id || ': taken at the desk and not in the ledger'
  FROM wallet.credit c
 WHERE NOT EXISTS (SELECT FROM ledger.entry e JOIN ledger.posting p ON p.entry_id = e.id
                    WHERE e.code = 'wallet.credited' AND e.reference = c.id AND p.amount = c.amount_minor)
 LIMIT 20
"""

MODULE = Module(
    name="wallet",
    routes=ROUTES,
    tables={"wallet.credit": Keyed.MALL},
    invariants=[Invariant("every credit at a desk is in the ledger", _CREDITED)],
)
