"""What `galleria demo` says once it serves: where to look, and as whom."""

import click

from galleria.demo.loading.people import PASSWORD
from galleria.demo.world import tenants

GROUP = tenants.GROUP.code
MALL = tenants.MALLS[0]
TIME_ZONE = MALL.timezone
SHOPPER_PHONE = "+8619900000000"
WIDTH = 78
_PLACES = (
    ("Shopper", "/", "the mall in your hand, best on a phone"),
    ("Staff mode", "/staff", "scan and redeem at the counter"),
    ("Console", "/console/", "the mall today, coupons, goods, audit"),
    ("API", "/openapi.json", "the description of every route"),
)
_SIGN_INS = (
    ("Shopper", SHOPPER_PHONE, "the code appears on the screen"),
    ("Clerk", "clerk-north-window-coffee", "North Window Coffee; also clerk-boiling-point"),
    ("Clerk", "clerk-hefeng-atelier", "Hefeng Atelier, where the shopper's order waits"),
    ("Rider", "rider", "brings goods to doors; also runner, who carries bags"),
    ("Merchant", "merchant-boiling", "Boiling Point's manager"),
    ("Operator", "operator", "everything"),
)


def panel(origin: str, *, sign_ins: bool) -> str:
    """Return the panel; the sign-ins only when the mall is the demo's own."""
    rule = click.style("─" * WIDTH, fg="yellow")
    title = click.style(f"{MALL.name.zh} {MALL.name.en}", bold=True)
    lines = ["", rule, f"  {title}  {click.style('is open', fg='green')}", ""]
    lines += [
        f"  {name:<11}{click.style(origin + path, fg='cyan', underline=True)}{_gap(origin + path)}{what}"
        for name, path, what in _PLACES
    ]
    if sign_ins:
        lines += ["", f"  Sign in; every member of staff has the password {click.style(PASSWORD, bold=True)}", ""]
        lines += [f"  {who:<11}{click.style(login, bold=True)}{_gap(login)}{what}" for who, login, what in _SIGN_INS]
    return "\n".join([*lines, "", f"  {click.style('Ctrl-C closes the mall.', dim=True)}", rule, ""])


def _gap(text: str) -> str:
    return " " * max(2, 38 - len(text))
