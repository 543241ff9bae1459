"""Stored value: money a member keeps with the malls of his group, to pay with.

Owns `wallet.credit`, what desks took; the money itself stands in the ledger, one guarded account a member and currency.

It never falls below zero, and what is set aside is spent once or given back once, by the ledger's own constraints.

Emits `wallet.credited`. Hears nothing.
"""

from galleria.value.wallet.model import Credit, InsufficientStoredValue, NewCredit, Wallet, WalletMovement
from galleria.value.wallet.operations import credit, credit_at_desk, give_back, hold, release, settle
from galleria.value.wallet.queries import balance, wallet
from galleria.value.wallet.rules import deposits, stored

__all__ = [
    "Credit",
    "InsufficientStoredValue",
    "NewCredit",
    "Wallet",
    "WalletMovement",
    "balance",
    "credit",
    "credit_at_desk",
    "deposits",
    "give_back",
    "hold",
    "release",
    "settle",
    "stored",
    "wallet",
]
