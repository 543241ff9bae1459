"""The cashier's page: server-rendered, no script, light and dark, in both languages."""

from datetime import datetime
from html import escape
from math import ceil

from galleria.adapters.payments_sandbox.model import Asked, Charge
from galleria.platform.i18n import text

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥", "SGD": "S$"}
WHOLE = {"JPY", "KRW"}
"""Currencies without minor units (ISO 4217)."""

_STYLE = """
:root { color-scheme: light dark; --ground: #f4f1ec; --card: #fffdf9; --ink: #1f1c18; --soft: #766d62; --line: #e6dfd4;
  --accent: #b4532a; --on-accent: #fffaf5; --shadow: 0 18px 40px -24px rgb(60 40 20 / .35); }
@media (prefers-color-scheme: dark) { :root { --ground: #161412; --card: #201d1a; --ink: #f3ede4; --soft: #a79c8e;
  --line: #37322c; --accent: #e08a5c; --on-accent: #1a120c; --shadow: none; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 20px 16px; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "PingFang SC", "Noto Sans SC", sans-serif; }
main { width: 100%; max-width: 420px; background: var(--card); border-radius: 24px; padding: 28px 24px 24px;
  box-shadow: var(--shadow); border: 1px solid var(--line); }
.badge { display: inline-block; font-size: 13px; color: var(--soft); border: 1px solid var(--line); border-radius: 99px;
  padding: 3px 12px; }
h1 { font-size: 15px; font-weight: 500; color: var(--soft); margin: 22px 0 2px; }
.amount { font-size: 52px; line-height: 1.1; font-weight: 650; letter-spacing: -.02em; margin: 0;
  font-variant-numeric: tabular-nums; }
.amount small { font-size: 26px; font-weight: 500; margin-right: 4px; vertical-align: 12px; }
dl { display: flex; justify-content: space-between; gap: 12px; border-top: 1px solid var(--line); margin: 22px 0 0;
  padding: 14px 0 20px; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 550; }
button, a.button { display: block; width: 100%; min-height: 52px; border-radius: 14px; border: 1px solid transparent;
  font: inherit; cursor: pointer; text-align: center; text-decoration: none; }
.main { background: var(--accent); color: var(--on-accent); font-size: 18px; font-weight: 600; line-height: 50px;
  padding: 0; }
.main:active { transform: scale(.985); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h2 { font-size: 13px; font-weight: 500; color: var(--soft); margin: 26px 0 10px; }
.ways { display: grid; gap: 8px; }
.ways button { background: transparent; color: var(--ink); border-color: var(--line); text-align: left;
  padding: 9px 14px; line-height: 1.35; }
.ways button:hover { border-color: var(--accent); }
.ways span { display: block; font-size: 13px; color: var(--soft); }
.state { font-size: 20px; font-weight: 600; margin: 6px 0 22px; }
.until { color: var(--soft); font-size: 13px; text-align: center; margin: 10px 0 0; }
@media (prefers-reduced-motion: reduce) { .main:active { transform: none; } }
"""


def amount(minor: int, currency: str) -> tuple[str, str]:
    """Return an amount's sign and its number, as `¥` and `1,234.50`."""
    sign = SIGNS.get(currency, currency + " ")
    return sign, f"{minor:,}" if currency in WHOLE else f"{minor // 100:,}.{minor % 100:02}"


def render(asked: Asked, decided: Charge | None, *, now: datetime, locale: str) -> str:
    """Return the page: what is to be paid and the ways it can go, or how it went."""
    sign, number = amount(asked.amount_minor, asked.currency)
    minutes = ceil((asked.expires_at - now).total_seconds() / 60)
    body = _form(minutes, locale) if decided is None and minutes > 0 else _ended(asked, decided, locale)
    return f"""<!doctype html>
<html lang="{locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{_t("title", locale)} · {escape(asked.description)}</title>
<style>{_STYLE}</style></head>
<body><main><span class="badge">{_t("badge", locale)}</span>
<h1>{_t("title", locale)}</h1>
<p class="amount"><small>{escape(sign)}</small>{number}</p>
<dl><dt>{_t("order", locale)}</dt><dd>{escape(asked.description)}</dd></dl>
{body}
</main></body></html>"""


def _form(minutes: int, locale: str) -> str:
    ways = "".join(_way(name, action, locale) for name, action in _WAYS)
    until = text("sandbox.until", locale, minutes=minutes)
    return f"""<form method="post">
<button class="main" name="action" value="pay">{_t("pay", locale)}</button>
<p class="until">{escape(until)}</p>
</form>
<h2>{_t("try", locale)}</h2>
<div class="ways">{ways}</div>"""


_WAYS = (
    ("decline", "decline"),
    ("timeout", "timeout"),
    ("twice", "twice"),
    ("soon", "late"),
    ("late", "late"),
)


def _way(name: str, action: str, locale: str) -> str:
    delay = '<input type="hidden" name="delay_s" value="20">' if name == "soon" else ""
    return (
        f'<form method="post">{delay}<button name="action" value="{action}">{_t(name, locale)}'
        f"<span>{_t(name + '_hint', locale)}</span></button></form>"
    )


def _ended(asked: Asked, decided: Charge | None, locale: str) -> str:
    how = "done_expired" if decided is None else f"done_{decided.state.value}"
    return (
        f'<p class="state">{_t(how, locale)}</p>'
        f'<a class="button main" href="{escape(asked.return_url, quote=True)}">{_t("back", locale)}</a>'
    )


def _t(name: str, locale: str) -> str:
    return escape(text(f"sandbox.{name}", locale))
