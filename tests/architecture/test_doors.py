"""Modules are entered by their doors, and keep the habits that review would otherwise have to look for."""

import ast
import importlib
import inspect
import tomllib
from pathlib import Path

import pytest

import galleria

ROOT = Path(galleria.__file__).parent
FLOORS = sorted({wiring.parent.parent.name for wiring in ROOT.glob("*/*/wiring.py")} - {"adapters"})
ROOMS = {"model", "rules", "store", "operations", "queries", "http", "jobs"}
CLOCKS = {"datetime.now", "datetime.utcnow", "time.time", "time.time_ns", "utc_now", "date.today"}
EDGES = {"http", "jobs"}

DOORS = sorted(door for floor in FLOORS for door in (ROOT / floor).glob("*/__init__.py"))
FILES = sorted(path for path in ROOT.rglob("*.py"))
MODULE_FILES = [path for path in FILES if path.relative_to(ROOT).parts[0] in FLOORS]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str | None:
    """Return the module a file is in, such as `value.coupons`."""
    parts = path.relative_to(ROOT).parts
    return ".".join(parts[:2]) if parts[0] in FLOORS and len(parts) > 2 else None


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_is_under_the_contracts(floor: str) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    assert f"galleria.{floor}.*" in contracts["inside a module"]["containers"]
    modules = [door.parent.name for door in DOORS if door.parent.parent.name == floor]
    assert len(modules) < 2 or f"inside {floor}" in contracts, "write down the order of the floor's modules"


@pytest.mark.parametrize("door", DOORS, ids=name_of)
def test_a_door_says_what_is_behind_it_and_lists_it(door: Path) -> None:
    dotted = "galleria." + ".".join(door.relative_to(ROOT).parts[:-1])
    module = importlib.import_module(dotted)
    body = tree(door).body
    own = [n for n in body if isinstance(n, ast.ImportFrom) and (n.module or "").startswith(dotted)]
    given = {alias.asname or alias.name for node in own for alias in node.names}
    given |= {node.name for node in body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
    assert set(module.__all__) == given, "`__all__` is what the door gives out"
    assert len(module.__all__) == len(set(module.__all__))
    if given:
        assert len((module.__doc__ or "").splitlines()) > 1, "the door says what the module owns and promises"
    bare = [
        name
        for name in module.__all__
        if inspect.isroutine(found := getattr(module, name)) or inspect.isclass(found)
        if not inspect.getdoc(found)
    ]
    assert not bare, "what is at the door has a docstring"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nobody_climbs_past_a_door(path: Path) -> None:
    home = module_of(path)
    past: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("galleria."):
            parts = node.module.split(".")[1:]
            if parts[0] in FLOORS and len(parts) > 2 and ".".join(parts[:2]) != home and parts[2] in ROOMS:
                past.append(node.module)
            if parts[0] in FLOORS and len(parts) == 2 and node.module != f"galleria.{home}":
                past.extend(f"{node.module}.{a.name}" for a in node.names if a.name in ROOMS)
    assert not past


@pytest.mark.parametrize("path", MODULE_FILES, ids=name_of)
def test_the_clock_is_read_at_the_edges(path: Path) -> None:
    if path.stem in EDGES or EDGES & set(path.relative_to(ROOT).parts):
        return
    calls = [ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert not CLOCKS & set(calls), "take `now` as an argument"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_the_database_commits(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] in {"platform", "demo"}:
        return
    calls = [ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert not [call for call in calls if call.endswith((".commit", ".rollback"))]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_money_is_never_a_float(path: Path) -> None:
    if "demo" in path.parts:
        return
    found: list[int] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            name = ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else node.arg
            if name.endswith("_minor") and "float" in ast.unparse(node.annotation):
                found.append(node.lineno)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and "_minor" in ast.unparse(node):
            found.append(node.lineno)
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"float", "round"}
            and "_minor" in ast.unparse(node)
        ):
            found.append(node.lineno)
    assert not found, "money is integer minor units: use kernel.money and kernel.allocation"
