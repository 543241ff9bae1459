"""WeChat Pay as the environment sets it up."""

from galleria.adapters.payments_wechat.model import GATEWAY, LOGIN, Account
from galleria.adapters.payments_wechat.provider import WeChatPayments
from galleria.adapters.payments_wechat.words import NAME
from galleria.platform import settings as configuration
from galleria.platform.settings import Settings

NEEDED = ("mchid", "appid", "app_secret", "private_key_file", "cert_serial", "api_v3_key")
PUBLIC_KEY = ("public_key_file", "public_key_id")


def configured(settings: Settings) -> WeChatPayments | None:
    """Return the adapter when WeChat Pay is set up; raises SettingsError when it is set up by half."""
    given = configuration.company(settings, NAME, NEEDED)
    if given is None:
        return None
    key = configuration.company(settings, NAME, PUBLIC_KEY) or {}
    account = Account(
        mchid=given["mchid"],
        appid=given["appid"],
        app_secret=given["app_secret"],
        private_key=given["private_key_file"],
        cert_serial=given["cert_serial"],
        api_v3_key=given["api_v3_key"],
        notify_url=f"{settings.origin}/v1/payments/{NAME}/notices",
        public_key=key.get("public_key_file"),
        public_key_id=key.get("public_key_id"),
        gateway=settings.wechat_gateway.rstrip("/"),
        login=LOGIN if settings.wechat_gateway.rstrip("/") == GATEWAY else settings.wechat_gateway.rstrip("/"),
    )
    return WeChatPayments(account)
