"""Texts of the server in both languages: every folder's `messages.toml`, keyed `[errors.<code>]` and the like.

::

    [errors.coupon_exhausted]
    zh-CN = "券已领完"
    en = "All of these coupons are taken."
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from galleria.kernel.errors import DomainError

LOCALES = ("zh-CN", "en")
ROOT = Path(__file__).parent.parent


def negotiate(accept_language: str | None) -> str:
    """Return the locale for an Accept-Language header (RFC 9110, section 12.5.4): zh-CN or en."""
    ranked: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), tag.lower()))
        except ValueError:
            continue
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return LOCALES[0]


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every message: dotted key -> locale -> text. Raises ValueError for a key in two files."""
    messages: dict[str, dict[str, str]] = {}
    for path in sorted(ROOT.rglob("messages.toml")):
        for key, texts in _flatten(tomllib.loads(path.read_text(encoding="utf-8"))):
            if key in messages:
                raise ValueError(f"{path}: {key} is already defined elsewhere")
            messages[key] = texts
    return messages


def text(key: str, locale: str, **params: Any) -> str:
    """Return a message in a locale, its `{name}` places filled; the key itself when there is none."""
    found = catalogue().get(key)
    if found is None:
        return key
    return found[locale].format_map(_Lenient(params))


def describe(error: DomainError, locale: str) -> str:
    """Return what a refusal says to a person."""
    return text(f"errors.{error.code}", locale, **error.params)


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _flatten(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, dict[str, str]]]:
    if tree and all(isinstance(value, str) for value in tree.values()):
        return [(prefix, tree)]
    return [pair for name, branch in tree.items() for pair in _flatten(branch, f"{prefix}.{name}" if prefix else name)]
