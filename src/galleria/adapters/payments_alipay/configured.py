"""Alipay as the environment sets it up."""

from galleria.adapters.payments_alipay.model import Account
from galleria.adapters.payments_alipay.provider import AlipayPayments
from galleria.adapters.payments_alipay.words import NAME
from galleria.platform import settings as configuration
from galleria.platform.settings import Settings

NEEDED = ("app_id", "seller_id", "private_key_file", "public_key_file")


def configured(settings: Settings) -> AlipayPayments | None:
    """Return the adapter when Alipay is set up; raises SettingsError when it is set up by half."""
    given = configuration.company(settings, NAME, NEEDED)
    if given is None:
        return None
    return AlipayPayments(
        Account(
            app_id=given["app_id"],
            seller_id=given["seller_id"],
            private_key=given["private_key_file"],
            public_key=given["public_key_file"],
            notify_url=f"{settings.origin}/v1/payments/{NAME}/notices",
            gateway=settings.alipay_gateway,
        )
    )
