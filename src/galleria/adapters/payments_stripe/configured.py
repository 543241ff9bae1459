"""Stripe as the environment sets it up."""

from galleria.adapters.payments_stripe.model import Account
from galleria.adapters.payments_stripe.provider import StripePayments
from galleria.adapters.payments_stripe.words import NAME
from galleria.platform import settings as configuration
from galleria.platform.settings import Settings

NEEDED = ("secret_key", "webhook_secret")


def configured(settings: Settings) -> StripePayments | None:
    """Return the adapter when Stripe is set up; raises SettingsError when it is set up by half."""
    given = configuration.company(settings, NAME, NEEDED)
    if given is None:
        return None
    return StripePayments(
        Account(
            secret_key=given["secret_key"],
            webhook_secret=given["webhook_secret"],
            origin=settings.origin,
            gateway=settings.stripe_gateway.rstrip("/"),
        )
    )
