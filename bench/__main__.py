"""Run the benches named on the command line, or all of them."""

import importlib
import sys

import uvloop

from bench import rows

NAMES = ("surge", "read", "checkout", "growth", "pricing", "festival", "offers_http")


def main() -> int:
    """Run, print, write; return 1 when a check of the database failed."""
    names = sys.argv[1:] or NAMES
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        return 2
    found: list[rows.Row] = []
    for name in names:
        print(f"· {name}", flush=True)
        found.extend(uvloop.run(importlib.import_module(f"bench.{name}").run()))
        rows.show(found)
        rows.write(found)
    return 0 if all(row.correct for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
