"""The partner's prepaid cards as the environment sets them up."""

from galleria.adapters.prepaid_sandbox.provider import NAME, Account, PrepaidCards
from galleria.platform import settings as configuration
from galleria.platform.settings import Settings

NEEDED = ("partner", "secret", "gateway")


def configured(settings: Settings) -> PrepaidCards | None:
    """Return the adapter when a partner is set up; raises SettingsError when it is set up by half."""
    given = configuration.company(settings, NAME, NEEDED)
    if given is None:
        return None
    account = Account(partner=given["partner"], secret=given["secret"], gateway=given["gateway"].rstrip("/"))
    return PrepaidCards(account)
