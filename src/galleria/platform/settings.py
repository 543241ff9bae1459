"""Every setting of the program: environment variables named `GALLERIA_...`, checked once at start.

`docs/reference/settings.md` lists them all; a test holds the page to this file.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

PREFIX = "GALLERIA_"

Positive = Annotated[int, Meta(ge=1)]


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the variable and what it accepts."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment says. The string after each field is its line in the documentation."""

    database_url: str | None = None
    """PostgreSQL 15 or later, as `postgresql://user:password@host/database`; empty starts the embedded one."""
    data_dir: Path = Path("var")
    """Where the embedded database, uploaded files and the generated secret live."""
    host: str = "127.0.0.1"
    """Address the web server listens on."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    """Port the web server listens on."""
    web_processes: Annotated[int, Meta(ge=1, le=64)] = 2
    """Web server processes; about one a core."""
    pool_size: Annotated[int, Meta(ge=2, le=200)] = 16
    """Database connections of each process."""
    secret_key: Annotated[str, Meta(min_length=32)] | None = None
    """Signs access tokens and codes: 32 characters or more; empty keeps a generated one in the data directory."""
    sandbox: bool = False
    """Use the sandbox SMS and payment providers and show one-time codes on screen. Never in production."""
    public_url: str | None = None
    """Address shoppers reach this installation at, used in links to payment pages; default: host and port."""
    proxies: Annotated[int, Meta(ge=0, le=10)] = 0
    """Proxies of your own in front of the server: the caller's address is that many from the end of X-Forwarded-For."""
    log_format: Annotated[str, Meta(pattern="^(json|console)$")] = "json"
    """`json` for machines, `console` for people."""
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"
    """The least severe level written."""
    access_token_minutes: Annotated[int, Meta(ge=1, le=60)] = 15
    """Life of an access token; a revoked sign-in ends at once all the same."""
    sign_in_days: Annotated[int, Meta(ge=1, le=365)] = 60
    """Life of a sign-in that is not used."""
    order_hold_minutes: Annotated[int, Meta(ge=1, le=1440)] = 15
    """How long an unpaid order keeps its goods and coupon."""
    wechat_mchid: str | None = None
    """WeChat Pay: the merchant's number. With it, every other `WECHAT` setting is needed but the public key's two."""
    wechat_appid: str | None = None
    """WeChat Pay: the official account or mini program that shoppers pay in."""
    wechat_app_secret: str | None = None
    """WeChat Pay: the app's secret, with which a shopper's sign-in code is exchanged."""
    wechat_private_key_file: Path | None = None
    """WeChat Pay: file of the merchant's private key (`apiclient_key.pem`)."""
    wechat_cert_serial: str | None = None
    """WeChat Pay: serial number of the merchant's certificate."""
    wechat_api_v3_key: Annotated[str, Meta(min_length=32, max_length=32)] | None = None
    """WeChat Pay: the APIv3 key, 32 characters, with which its notices are sealed."""
    wechat_public_key_file: Path | None = None
    """WeChat Pay: file of its public key; empty downloads the platform's certificates."""
    wechat_public_key_id: str | None = None
    """WeChat Pay: the public key's id, `PUB_KEY_ID_...`."""
    wechat_gateway: str = "https://api.mch.weixin.qq.com"
    """WeChat Pay: where it is reached."""
    alipay_app_id: str | None = None
    """Alipay: the application's number. With it, every other `ALIPAY` setting is needed."""
    alipay_seller_id: str | None = None
    """Alipay: whom it collects for, `2088...`."""
    alipay_private_key_file: Path | None = None
    """Alipay: file of the application's private key, PEM."""
    alipay_public_key_file: Path | None = None
    """Alipay: file of Alipay's public key, PEM."""
    alipay_gateway: str = "https://openapi.alipay.com/gateway.do"
    """Alipay: where it is reached."""
    stripe_secret_key: str | None = None
    """Stripe: the account's secret key. With it, the webhook secret is needed, too."""
    stripe_webhook_secret: str | None = None
    """Stripe: the secret that its notices are signed with, `whsec_...`."""
    stripe_gateway: str = "https://api.stripe.com"
    """Stripe: where it is reached."""
    prepaid_partner: str | None = None
    """Partner's prepaid cards: who we are to the partner. With it, the secret and the gateway are needed, too."""
    prepaid_secret: str | None = None
    """Partner's prepaid cards: the shared secret that requests are signed with."""
    prepaid_gateway: str | None = None
    """Partner's prepaid cards: where the partner is reached."""
    metrics_token: str | None = None
    """When set, `/metrics` answers only to `Authorization: Bearer <token>`; empty answers to loopback only."""
    upload_max_bytes: Positive = 20_000_000
    """Largest accepted upload."""

    @property
    def origin(self) -> str:
        """Return the public address without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in `environ` (default: the process's); raises SettingsError naming every wrong variable."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (os.environ if environ is None else environ).items()
        if name.startswith(PREFIX) and value != ""
    }
    known = {field.name: field for field in msgspec.structs.fields(Settings)}
    problems = [f"{PREFIX}{name.upper()}: no such setting" for name in sorted(given.keys() - known.keys())]
    values: dict[str, Any] = {}
    for name, raw in given.items():
        if name not in known:
            continue
        try:
            values[name] = msgspec.convert(raw, known[name].type, strict=False, dec_hook=_decode)
        except msgspec.ValidationError as error:
            problems.append(f"{PREFIX}{name.upper()}={raw!r}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return Settings(**values)


def company(settings: Settings, name: str, needed: Sequence[str]) -> dict[str, str] | None:
    """Return a payment company's settings by their names without the company's, the contents of files for `..._file`.

    None when none of the needed is set; raises SettingsError naming those missing beside others, and files not read.
    """
    given = {short: getattr(settings, f"{name}_{short}") for short in needed}
    if not any(given.values()):
        return None
    missing = [short for short, value in given.items() if not value]
    if missing:
        raise SettingsError("\n".join(f"{PREFIX}{name}_{short}".upper() + ": is needed too" for short in missing))
    return {short: _content(name, short, value) for short, value in given.items()}


def _content(name: str, short: str, value: str | Path) -> str:
    if not isinstance(value, Path):
        return value
    try:
        return value.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{PREFIX}{name}_{short}".upper() + f"={str(value)!r}: {error}") from error


def secret(settings: Settings) -> bytes:
    """Return the signing secret: the configured one, or one made once and kept (mode 600) in the data directory."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir / "secret"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().encode()


def _decode(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)
