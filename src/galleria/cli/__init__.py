"""The command line: `galleria serve | worker | migrate | import | export | staff | demo | doctor`."""

import click

from galleria.cli import people, serving, transfers
from galleria.platform import logs
from galleria.platform.settings import SettingsError, load

__all__ = ["main"]


@click.group()
@click.version_option(package_name="galleria")
@click.pass_context
def main(context: click.Context) -> None:
    """Run Galleria: the operating system of a shopping mall that lives online and offline at once."""
    try:
        settings = load()
    except SettingsError as error:
        raise click.ClickException(f"settings are wrong:\n{error}") from error
    logs.configure(style=settings.log_format, level=settings.log_level)
    context.obj = settings


for command in (*serving.COMMANDS, *transfers.COMMANDS, *people.COMMANDS):
    main.add_command(command)
