"""Commands about staff: the first operator of an installation, and any other."""

import re
import sys

import click
import msgspec

from galleria.cli.installation import on_installation, the_mall, the_shop
from galleria.foundation import malls
from galleria.foundation import staff as accounts
from galleria.platform.actors import SYSTEM, Grant, Role
from galleria.platform.command import Command
from galleria.platform.db import utc_now
from galleria.platform.runtime import Runtime
from galleria.platform.settings import Settings
from galleria.platform.tx import Tx

LOGIN = re.compile(r"[A-Za-z0-9._@+-]{3,80}")
PASSWORD_MIN = 10


class Place(msgspec.Struct, frozen=True):
    """Where a role holds, by codes; a part left out is not narrowed."""

    group: str
    mall: str | None
    merchant: str | None
    shop: str | None


@click.group()
def staff() -> None:
    """Staff accounts; the console manages them once there is an operator."""


@staff.command("create")
@click.option("--login", required=True, help="3 to 80 letters, digits and . _ @ + -; unique in the installation.")
@click.option("--name", required=True, help="What colleagues read.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What the person does.")
@click.option("--group", required=True, metavar="CODE", help="The group of malls.")
@click.option("--new-group", is_flag=True, help="Make the group when there is none of that code.")
@click.option("--mall", metavar="CODE", help="The mall the role holds in; all malls of the group when left out.")
@click.option("--merchant", metavar="CODE", help="The merchant the role holds for.")
@click.option("--shop", metavar="CODE", help="The shop the role holds in; needs --mall.")
@click.pass_obj
def create(
    settings: Settings,
    *,
    login: str,
    name: str,
    role: str,
    group: str,
    new_group: bool,
    mall: str | None,
    merchant: str | None,
    shop: str | None,
) -> None:
    """Create a staff account. The password is asked for twice, or read from the first line of standard input."""
    place = Place(group, mall, merchant, shop)
    _require(Role(role), place, login, name)
    password = _password()

    async def do(runtime: Runtime) -> accounts.Account:
        now = utc_now()

        async def make(tx: Tx) -> accounts.Account:
            home = await malls.find_group(tx, group)
            if home is None and new_group:
                home = await malls.create_group(tx, code=group, name_zh=group, name_en=group, now=now)
            if home is None:
                raise click.ClickException(
                    f"there is no group {group}: `galleria import mall --group {group} FILE...` makes it, "
                    "or --new-group here"
                )
            grant = await _grant(runtime, tx, Role(role), home, place)
            return await accounts.create_account(
                tx, group_id=home.id, login=login, name=name, password=password, grants=[grant], now=now
            )

        command = Command(kind="staff.create", actor=SYSTEM, now=now, input=(login, role, place))
        return await runtime.db.write(command, make, returns=accounts.Account)

    made = on_installation(settings, do)
    click.echo(f"{made.login} may sign in as {role}")


def _require(role: Role, place: Place, login: str, name: str) -> None:
    """Refuse what no account can be, before a password is asked for."""
    if not LOGIN.fullmatch(login):
        raise click.BadParameter("3 to 80 letters, digits and . _ @ + -", param_hint="--login")
    if not name.strip() or len(name) > 40:
        raise click.BadParameter("1 to 40 characters", param_hint="--name")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", place.group):
        raise click.BadParameter("2 to 40 small letters, digits and dashes", param_hint="--group")
    if role is Role.OPERATOR and (place.merchant or place.shop):
        raise click.UsageError("an operator works for a group or a mall: leave out --merchant and --shop")
    if role is not Role.OPERATOR and not (place.merchant or place.shop):
        raise click.UsageError(f"a {role.value} works for a merchant or a shop: add --merchant or --shop")
    if place.shop and not place.mall:
        raise click.UsageError("a shop's code is known in its mall: add --mall")


def _password() -> str:
    """Return the password, asked for twice on a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt="Again")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not PASSWORD_MIN <= len(password) <= 200:
        raise click.ClickException(f"a password has {PASSWORD_MIN} to 200 characters")
    return password


async def _grant(runtime: Runtime, tx: Tx, role: Role, group: malls.Group, place: Place) -> Grant:
    """Return the grant for a place; ends the program when there is no such place in the group."""
    mall = None if place.mall is None else await the_mall(runtime, place.mall)
    if mall is not None and mall.group_id != group.id:
        raise click.ClickException(f"{mall.code} is not a mall of the group {group.code}")
    shop = None if mall is None or place.shop is None else await the_shop(runtime, mall, place.shop)
    merchant_id = None if shop is None else shop.merchant_id
    if place.merchant is not None:
        found = [m.id for m in await malls.all_merchants(tx, group.id) if m.code == place.merchant]
        if not found:
            raise click.ClickException(f"{group.code} has no merchant with the code {place.merchant}")
        if merchant_id not in {None, found[0]}:
            raise click.ClickException(f"the shop {place.shop} belongs to another merchant")
        merchant_id = found[0]
    return Grant(
        role=role,
        group_id=group.id,
        mall_id=None if mall is None else mall.id,
        merchant_id=merchant_id,
        shop_id=None if shop is None else shop.id,
    )


COMMANDS = [staff]
