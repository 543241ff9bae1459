"""Stripe: cards, on its own page (Checkout); refunds, signed notices, and the balance as a daily statement.

Requests carry an idempotency key made of our attempt or refund, so that each has one effect; mall and number travel in
`metadata`. Notices are believed when their signature (HMAC-SHA-256) holds and they are fresh.
"""

from galleria.adapters.payments_stripe.configured import configured
from galleria.adapters.payments_stripe.model import Account
from galleria.adapters.payments_stripe.provider import StripePayments

__all__ = ["Account", "StripePayments", "configured"]
