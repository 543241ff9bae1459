"""The tables behind the demo world: tab-separated, one thing a line, Chinese and English side by side."""

from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Read the lines of `name`.tsv as dictionaries keyed by its header."""
    lines = files(__name__).joinpath(f"{name}.tsv").read_text("utf-8").splitlines()
    header = lines[0].split("\t")
    return tuple(dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:] if line)
