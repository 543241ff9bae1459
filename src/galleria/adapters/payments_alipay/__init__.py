"""Alipay: its page in a browser or on a phone, QR codes, payment codes; refunds, notices and daily bills.

Every request is signed and every answer's signature checked (RSA2); notices are believed when their signature holds,
they are not older than Alipay's last telling, and they are meant for our application and seller. Numbers there are mall
and attempt, or mall and refund, in one.
"""

from galleria.adapters.payments_alipay.configured import configured
from galleria.adapters.payments_alipay.model import Account
from galleria.adapters.payments_alipay.provider import AlipayPayments

__all__ = ["Account", "AlipayPayments", "configured"]
