"""Every table has one owner and is keyed as its owner says; SQL stands in few places and stays at home."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import galleria
from galleria import main
from galleria.platform.module import Keyed
from galleria.platform.runtime import Runtime

ROOT = Path(galleria.__file__).parent
SQL = re.compile(r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s", re.MULTILINE)
SQL_AT_HOME = {
    "platform/db.py", "platform/journal.py", "platform/jobs.py", "platform/auth/sessions.py",
    "platform/auth/grants.py", "platform/auth/attempts.py", "platform/http/system.py", "platform/realtime.py",
    "platform/migrations.py", "platform/postgres.py", "worker.py", "doctor.py",
}  # fmt: skip
"""Where the platform and the programs speak SQL; modules do in store.py, and state invariants in wiring.py."""

READS_ALONG = {
    "foundation/catalog/store/reading.py": {"malls.mall", "malls.shop", "malls.category"},
    "foundation/catalog/store/searching.py": {"malls.mall", "malls.shop"},
    "foundation/catalog/store/pricing.py": {"malls.category"},
    "commerce/settlement/store/statements.py": {
        "ledger.account", "ledger.entry", "ledger.posting", "orders.purchase", "orders.sub_order", "orders.line",
        "returns.refund", "returns.refund_line",
    },
}  # fmt: skip
"""Hot reads that take the directory along in one statement (docs/decisions/0008-product-page-and-availability.md).

A statement is what the ledger moved; what was frozen with orders and refunds tells its parts apart.
"""

OWNER_OF = {table: keyed for module in main.MODULES for table, keyed in module.tables.items()}


async def tables(runtime: Runtime) -> set[str]:
    rows = await runtime.db.pool.fetch(
        """
        SELECT schemaname || '.' || tablename AS name FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'public')
        """
    )
    return {row["name"] for row in rows}


async def test_every_table_is_of_exactly_one_module(runtime: Runtime) -> None:
    claimed = Counter(table for module in main.MODULES for table in module.tables)
    assert [table for table, times in claimed.items() if times > 1] == []
    assert await tables(runtime) == set(claimed)


async def test_tables_of_a_mall_are_keyed_by_it_first(runtime: Runtime) -> None:
    rows = await runtime.db.pool.fetch(
        """
        SELECT n.nspname || '.' || c.relname AS name, i.relname AS key,
               (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = x.indkey[0]) AS first
          FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE x.indisunique
        """
    )
    by_mall = {table for table, keyed in OWNER_OF.items() if keyed is Keyed.MALL}
    assert [(r["name"], r["key"]) for r in rows if r["name"] in by_mall and r["first"] != "mall_id"] == []


async def test_references_between_tables_of_a_mall_carry_the_mall(runtime: Runtime) -> None:
    rows = await runtime.db.pool.fetch(
        """
        SELECT c.conname, c.conrelid::regclass::text AS name, c.confrelid::regclass::text AS other,
               (SELECT array_agg(attname::text) FROM pg_attribute
                 WHERE attrelid = c.conrelid AND attnum = ANY (c.conkey)) AS columns
          FROM pg_constraint c WHERE c.contype = 'f'
        """
    )
    by_mall = {table for table, keyed in OWNER_OF.items() if keyed is Keyed.MALL}
    wrong = [
        r["conname"] for r in rows if r["name"] in by_mall and r["other"] in by_mall and "mall_id" not in r["columns"]
    ]
    assert wrong == []


def statements(path: Path) -> list[str]:
    """Return the texts of a file that look like SQL."""
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def sources() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if "demo" not in path.parts)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_stands_in_stores(path: Path) -> None:
    where = path.relative_to(ROOT)
    at_home = path.name in {"store.py", "wiring.py"} or "store" in where.parts or str(where) in SQL_AT_HOME
    if not at_home:
        assert not statements(path), f"{where} speaks SQL; that belongs into store.py"


def stores() -> list[Path]:
    """Return the stores of every module but those of insight, which may read all."""
    return [p for p in sources() if (p.name == "store.py" or "store" in p.parts) and "insight" not in p.parts]


@pytest.mark.parametrize("path", stores(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_store_names_its_own_schema_only(path: Path) -> None:
    where = path.relative_to(ROOT)
    own = "sandbox" if where.parts[0] == "adapters" else where.parts[1]
    schemas = {table.partition(".")[0] for table in OWNER_OF} - {own}
    foreign = {
        table
        for table in OWNER_OF
        if table.partition(".")[0] in schemas
        for text in statements(path)
        if re.search(rf"\b{re.escape(table)}\b", text)
    }
    foreign -= READS_ALONG.get(str(where), set())
    assert not foreign, f"{where} reaches into {foreign}; ask the other module's door"
