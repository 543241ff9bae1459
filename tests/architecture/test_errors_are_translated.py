"""Every refusal speaks both languages, and no text waits for a refusal that nobody raises."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import galleria
from galleria.kernel.errors import DomainError
from galleria.platform import i18n

ROOT = Path(galleria.__file__).parent


def import_everything() -> None:
    for module in pkgutil.walk_packages([str(ROOT)], "galleria."):
        if not module.name.startswith(("galleria.cli", "galleria.asgi", "galleria.migrations")):
            importlib.import_module(module.name)


def refusals(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from refusals(below)


def literals() -> set[str]:
    """Return every text literal of the source."""
    return {
        node.value
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def field_codes() -> dict[str, str]:
    """Return the code of every `Invalid.field(...)` and `FieldError(...)` that is written out, and where it stands."""
    found: dict[str, str] = {}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) >= 2:
                name = ast.unparse(node.func)
                code = node.args[1]
                if name.endswith(("Invalid.field", "FieldError")) and isinstance(code, ast.Constant):
                    found[str(code.value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_refusal_has_its_text() -> None:
    import_everything()
    missing = {kind.code: kind.__qualname__ for kind in refusals() if f"errors.{kind.code}" not in i18n.catalogue()}
    assert not missing


def test_every_code_of_a_field_has_its_text() -> None:
    missing = {code: where for code, where in field_codes().items() if f"fields.{code}" not in i18n.catalogue()}
    assert not missing


def test_every_text_is_in_both_languages_with_the_same_places_to_fill() -> None:
    for key, texts in i18n.catalogue().items():
        assert set(texts) == set(i18n.LOCALES), key
        assert all(text.strip() for text in texts.values()), key
        places = {locale: set(re.findall(r"\{(\w+?)(?:_zh|_en)?\}", text)) for locale, text in texts.items()}
        allowed = places["zh-CN"] | {"reason"}
        assert places["en"] <= allowed, key
        assert re.search(r"[一-鿿]", texts["zh-CN"]), f"{key} is not Chinese"


def test_no_text_is_left_over() -> None:
    import_everything()
    codes = {f"errors.{kind.code}" for kind in refusals()}
    said = literals()
    families = {part for part in said if part.endswith(".")}  # the fixed part of f"dashboard.export.{column}"
    unused = {
        key
        for key in i18n.catalogue()
        if key not in codes
        and key not in said
        and key.partition(".")[2] not in said
        and key[: key.rindex(".") + 1] not in families
    }
    assert not unused
