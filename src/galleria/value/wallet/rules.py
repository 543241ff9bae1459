"""Accounts and entries of stored value."""

from galleria.foundation.ledger import AccountKind, AccountRef, account
from galleria.kernel.ids import MallId, MemberId

PAID = "wallet.paid"
CREDITED = "wallet.credited"
"""Codes of our ledger entries; giving back carries the caller's."""


def stored(member_id: MemberId, currency: str) -> AccountRef:
    """Return the account of the money a member keeps with the malls of his group."""
    return account(AccountKind.MEMBER_WALLET, member_id, currency)


def deposits(mall_id: MallId, currency: str) -> AccountRef:
    """Return the account of what was paid of orders and not yet become somebody's."""
    return account(AccountKind.ORDER_DEPOSITS, mall_id, currency)


def desk(mall_id: MallId, currency: str) -> AccountRef:
    """Return the account of the cash that a mall's desk took."""
    return account(AccountKind.CASH_HELD, mall_id, currency)
