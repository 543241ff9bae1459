"""WeChat Pay, API v3: JSAPI, mini program, H5, Native and payment codes; refunds, notices and daily bills.

Every request is signed and every answer's signature checked (RSA, SHA-256); notices are believed when their signature
holds, they are fresh, sealed with our key (AEAD_AES_256_GCM) and meant for our merchant. Our attempt's id is
`out_trade_no`, the mall travels in `attach`; a refund's number is mall and refund in one.
"""

from galleria.adapters.payments_wechat.configured import configured
from galleria.adapters.payments_wechat.model import Account
from galleria.adapters.payments_wechat.provider import WeChatPayments

__all__ = ["Account", "WeChatPayments", "configured"]
