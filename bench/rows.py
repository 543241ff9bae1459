"""The result of a bench: rows of one shape, printed as a table and written as JSON."""

from pathlib import Path

import msgspec

RESULTS = Path(__file__).parent / "results" / "latest.json"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure; None where it does not apply. `correct` is false once one check of the database fails."""

    name: str
    rate_per_s: float | None = None
    floor_per_s: float | None = None
    ratio: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    statements: int | None = None
    correct: bool


def show(rows: list[Row]) -> None:
    """Print rows as a table."""
    names = [field for field in Row.__struct_fields__ if field != "name"]
    print(f"\n{'name':<34}" + "".join(f"{name:>13}" for name in names))
    for row in rows:
        print(f"{row.name:<34}" + "".join(f"{_cell(getattr(row, name)):>13}" for name in names))


def write(rows: list[Row]) -> None:
    """Write rows to bench/results/latest.json."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2))


def _cell(value: float | bool | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
