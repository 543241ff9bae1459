"""Settlement: what the platform takes, what merchants are owed for a period, and what was paid out.

Owns terms, statements with the ledger's entries in them, and payouts. It knows the ledger, and no orders: what selling
and giving back moved is read there, an entry is on one statement of a merchant by its key, and a statement once closed
is never changed. One person checks a statement and another approves it, by constraint; approving promises the money.

Emits `settlement.terms_set`, `settlement.closed`, `settlement.approved`, `settlement.payout_moved`. Hears nothing.
"""

from galleria.commerce.settlement.model import NO_TERMS, NewTerms, Terms, TermsTaken
from galleria.commerce.settlement.operations import set_terms
from galleria.commerce.settlement.queries import terms_for

__all__ = ["NO_TERMS", "NewTerms", "Terms", "TermsTaken", "set_terms", "terms_for"]
