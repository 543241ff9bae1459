"""The pages of docs/reference that list what the code has say what the code says, and links lead somewhere."""

import ast
import importlib
import json
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import galleria
from galleria import doctor, main
from galleria.cli import main as program
from galleria.kernel.errors import DomainError
from galleria.platform import i18n
from galleria.platform.actors import ALLOWED, Permission, Role

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = Path(galleria.__file__).parent
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
FRAMEWORK = {"internal": 500, "method_not_allowed": 405, "too_large": 413}
"""What `platform.http.problems` answers without a class of its own."""
KIND = re.compile(r"`([a-z_]+\.[a-z_]+)`")
WIDTH = 100


def page(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def missing(name: str, wanted: list[str]) -> str:
    """Return the lines that a page lacks, as they should stand there."""
    given = page(name).splitlines()
    return "\n".join(line for line in wanted if line not in given)


def left_over(name: str, wanted: list[str]) -> list[str]:
    """Return the lines of a page's tables that the code knows nothing of."""
    return [line for line in page(name).splitlines() if line.startswith("| `") and line not in wanted]


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        elif not command.hidden:
            yield f"{path} {name}", command


def cli_blocks() -> dict[str, str]:
    """Return the help of every command, as the page has it, by the command's words."""
    found = {}
    for path, command in commands(program, "galleria"):
        with click.Context(command, info_name=path, terminal_width=WIDTH) as context:
            found[path] = f"## {path}\n\n```text\n{command.get_help(context)}\n```"
    return found


def refusals(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    if kind.__module__.startswith("galleria."):
        yield kind
    for below in kind.__subclasses__():
        yield from refusals(below)


def error_rows() -> list[str]:
    for module in pkgutil.walk_packages([str(SOURCE)], "galleria."):
        if not module.name.startswith(("galleria.cli", "galleria.asgi", "galleria.migrations")):
            importlib.import_module(module.name)
    statuses = FRAMEWORK | {kind.code: kind.status for kind in refusals() if kind.__qualname__ != "Refusal"}
    texts = i18n.catalogue()
    return [
        f"| `{code}` | {status} | {texts[f'errors.{code}']['en']} | {texts[f'errors.{code}']['zh-CN']} |"
        for code, status in sorted(statuses.items())
    ]


def field_rows() -> list[str]:
    return [
        f"| `{key.removeprefix('fields.')}` | {texts['en']} | {texts['zh-CN']} |"
        for key, texts in sorted(i18n.catalogue().items())
        if key.startswith("fields.")
    ]


def emitted() -> set[str]:
    """Return the kinds of events that doors say they emit, and those that the source writes out."""
    kinds: set[str] = set()
    for door in SOURCE.glob("*/*/__init__.py"):
        text = " ".join((ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or "").split())
        for out in re.findall(r"(?:Emits|Events out:)(.*?)(?:Hears|Events in|Adapters|$)", text):
            kinds |= {kind for kind in KIND.findall(out) if kind.partition(".")[0] != "platform"}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Event" and node.args:
                kind = node.args[0]
                if isinstance(kind, ast.Constant):
                    kinds.add(str(kind.value))
    return kinds


def role_rows() -> list[str]:
    return [
        f"| `{permission.value}` | " + " | ".join("yes" if permission in ALLOWED[role] else "" for role in Role) + " |"
        for permission in Permission
    ]


def invariant_lines() -> list[str]:
    ours = [f"- {module.name}: {rule.name}" for module in main.MODULES for rule in module.invariants]
    return [*ours, f"- worker: {doctor.PARKED.name}"]


def route_rows() -> list[str]:
    paths = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))["paths"]
    return [
        f"| `{method.upper()} {path}` | {route['summary']} | {'yes' if route.get('security') else ''} |"
        for path, routes in paths.items()
        for method, route in routes.items()
    ]


def dependencies() -> set[str]:
    """Return the names of every direct dependency at run time, and of the packages that bring pictures and fonts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = {re.split(r"[\[<>=!~;]", line)[0].strip() for line in project["dependencies"]}
    for path in (ROOT / "web").glob("*/package.json"):
        found |= set(json.loads(path.read_text(encoding="utf-8")).get("dependencies", {}))
    return {name for name in found if not name.startswith("@galleria/")} | {"@lobehub/fluent-emoji-3d"}


@pytest.mark.parametrize("path", sorted(cli_blocks()))
def test_every_command_is_on_the_page_with_its_help(path: str) -> None:
    block = cli_blocks()[path]
    assert block in page("cli"), f"docs/reference/cli.md should have:\n{block}"


def test_no_command_on_the_page_has_gone() -> None:
    assert set(re.findall(r"^## (galleria .*)$", page("cli"), re.MULTILINE)) == set(cli_blocks())


def test_every_error_is_on_the_page() -> None:
    wanted = [*error_rows(), *field_rows()]
    assert not missing("errors", wanted)
    assert not left_over("errors", wanted)


def test_every_event_is_on_the_page() -> None:
    listed = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", page("events"), re.MULTILINE))
    assert emitted() - listed == set(), "docs/reference/events.md lacks these"
    assert listed - emitted() == set(), "docs/reference/events.md has these, the code has not"


def test_every_permission_is_on_the_page_with_its_roles() -> None:
    assert not missing("roles-and-permissions", role_rows())
    assert not left_over("roles-and-permissions", role_rows())


def test_every_invariant_is_on_the_page() -> None:
    assert not missing("invariants", invariant_lines())
    given = [line for line in page("invariants").splitlines() if line.startswith("- ")]
    assert sorted(given) == sorted(invariant_lines())


def test_every_route_is_on_the_page() -> None:
    assert not missing("api", route_rows())
    assert not left_over("api", route_rows())


def test_every_dependency_is_on_the_page() -> None:
    listed = set(re.findall(r"^\| `([^`]+)` \|", page("third-party"), re.MULTILINE))
    assert dependencies() - listed == set(), "docs/reference/third-party.md lacks these"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not link.endswith(".png") and not (path.parent / link).exists()] == []


def test_every_page_is_on_the_map() -> None:
    listed = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if path.parent.name != "decisions"]
    assert [name for name in pages if name != "README.md" and f"({name})" not in listed] == []
