"""docs/reference/settings.md lists every setting with its text, as `galleria.platform.settings` has it."""

import ast
import inspect
from pathlib import Path

import msgspec

from galleria.platform import settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def texts() -> dict[str, str]:
    """Return the string that stands after each field of Settings."""
    [kind] = [
        node
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ]
    found: dict[str, str] = {}
    for field, text in zip(kind.body, kind.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(text, ast.Expr), f"{field.target.id} has no text"
            assert isinstance(text.value, ast.Constant), f"{field.target.id} has no text"
            found[field.target.id] = str(text.value.value)
    return found


def row(name: str, text: str) -> str:
    [field] = [field for field in msgspec.structs.fields(settings.Settings) if field.name == name]
    default = "empty" if field.default is None else str(field.default).lower()
    return f"| `{settings.PREFIX}{name.upper()}` | `{default}` | {text} |"


def test_every_setting_is_on_the_page_as_the_program_has_it() -> None:
    wanted = [row(name, text) for name, text in texts().items()]
    given = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert given == wanted, "the table of docs/reference/settings.md should be:\n" + "\n".join(wanted)
