"""A partner's prepaid cards, in a dialect of our own invention that stands for any such partner.

A card is redeemed at the till under an authorisation number and reversed by our refund's id; requests are signed
(HMAC-SHA-256), each has one effect by our number, and the partner tells nothing by itself: it is asked.
"""

from galleria.adapters.prepaid_sandbox.configured import configured
from galleria.adapters.prepaid_sandbox.provider import Account, PrepaidCards

__all__ = ["Account", "PrepaidCards", "configured"]
