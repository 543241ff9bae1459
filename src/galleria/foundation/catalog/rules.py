"""Pure decisions of the catalog: what may be published, and how words become something to search by.

Chinese is written without spaces. Goods are indexed by every character and every pair of neighbours, so any piece of
a name is found however it was cut; what a shopper types is cut into words by a segmenter, so that a phrase is found
whose words stand apart. Latin words are kept as they are and, by PostgreSQL, stemmed.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec
import rjieba

from galleria.foundation.catalog.model import Kind, VariantInput
from galleria.kernel.errors import FieldError

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_HAN_RUN = re.compile(f"[{HAN}]+")
_STOP = frozenset("的了和与及或我你要想买有在是个款")
_JIEBA = rjieba.Jieba()

POSITIONS_MAX = 16_000
"""A tsvector knows 16,383 positions; text beyond them is not searched."""
TERM_MAX = 60
QUERY_MAX = 200


class Searchable(msgspec.Struct, frozen=True):
    """Text to search by, ready for SQL: a tsvector literal, and Latin words of each weight to be stemmed."""

    vector: str
    latin_a: str
    latin_b: str
    latin_c: str


class Query(msgspec.Struct, frozen=True):
    """A search, ready for SQL: tsquery literals of the Chinese words and the Latin ones, and Latin words to stem."""

    han: str
    plain: str
    stemmed: str

    @property
    def empty(self) -> bool:
        """Return whether nothing searchable was typed."""
        return not (self.han or self.plain)

    def loosened(self) -> "Query":
        """Return the search for any one of the words."""
        every = self.plain.replace(" & ", " | ")
        return Query("", " | ".join(part for part in (self.han.replace(" & ", " | "), every) if part), every)


def searchable(names: Iterable[str], places: Iterable[str], texts: Iterable[str]) -> Searchable:
    """Return how a product is indexed: its names weigh most (A), then shop and category (B), then texts (C)."""
    found: dict[str, list[str]] = {}
    latin: list[str] = []
    position = 0
    for weight, parts in (("A", names), ("B", places), ("C", texts)):
        words: list[str] = []
        for run in _RUNS.findall(_fold(" ".join(parts))):
            if position >= POSITIONS_MAX:
                break
            terms = _pieces(run) if _HAN_RUN.match(run) else [run[:TERM_MAX]]
            if not _HAN_RUN.match(run):
                words.append(run[:TERM_MAX])
            for term in terms:
                position = min(position + 1, POSITIONS_MAX)
                found.setdefault(term, []).append(f"{position}{weight}")
        latin.append(" ".join(words))
    vector = " ".join(f"'{term}':{','.join(places[:200])}" for term, places in found.items())
    return Searchable(vector, *latin)


def query(words: str) -> Query:
    """Return the search for what somebody typed: every word must be found, the last Latin one by its beginning."""
    han: list[str] = []
    latin: list[str] = []
    for run in _RUNS.findall(_fold(words[:QUERY_MAX])):
        if _HAN_RUN.match(run):
            han.extend(term for word in _words(run) for term in _terms(word))
        else:
            latin.append(run[:TERM_MAX])
    plain = [f"'{word}'" for word in latin]
    if latin and not _HAN_RUN.search(words[-1:]):
        plain[-1] += ":*"
    both = " & ".join(plain)
    return Query(" & ".join(f"'{term}'" for term in dict.fromkeys(han)), both, both)


def _fold(text: str) -> str:
    """Return text with full-width forms, compatibility characters and capitals made plain."""
    return unicodedata.normalize("NFKC", text.replace("\x00", " ")).lower()


def _pieces(run: str) -> list[str]:
    """Return every character and every pair of neighbours of a run of Chinese."""
    return [*run, *(run[i : i + 2] for i in range(len(run) - 1))]


def _words(run: str) -> list[str]:
    """Return the words of a run of Chinese; lone neighbouring characters are one word, filling words are dropped."""
    words: list[str] = []
    joins = False
    for word in _JIEBA.cut(run):
        if _STOP.issuperset(word) and not _STOP.issuperset(run):
            joins = False
        elif len(word) == 1 and joins:
            words[-1] += word
        else:
            words.append(word)
            joins = len(word) == 1
    return words or [run]


def _terms(word: str) -> list[str]:
    """Return the indexed pieces that together make a word: its pairs, or the character itself."""
    return [word] if len(word) == 1 else [word[i : i + 2] for i in range(len(word) - 1)]


def missing_for_sale(
    *, kind: Kind, text_zh: str, text_en: str, valid_days: int | None, variants: Sequence[VariantInput]
) -> list[FieldError]:
    """Return everything that keeps a product from being published: texts, variants, their options, a validity."""
    wrong = [
        FieldError(field, "required_to_publish")
        for field, value in (("text_zh", text_zh), ("text_en", text_en))
        if not value.strip()
    ]
    if not variants:
        wrong.append(FieldError("variants", "no_variant"))
    if kind is Kind.VOUCHER and valid_days is None:
        wrong.append(FieldError("valid_days", "required_to_publish"))
    if len(variants) > 1:
        wrong += [
            FieldError(f"variants[{i}].{field}", "option_needed")
            for i, variant in enumerate(variants)
            for field, value in (("name_zh", variant.name_zh), ("name_en", variant.name_en))
            if not value.strip()
        ]
    return wrong


def repeated_skus(variants: Sequence[VariantInput]) -> list[FieldError]:
    """Return the variants whose SKU stands earlier in the same product."""
    seen: set[str] = set()
    wrong: list[FieldError] = []
    for i, variant in enumerate(variants):
        if variant.sku in seen:
            wrong.append(FieldError(f"variants[{i}].sku", "sku_repeated", {"sku": variant.sku}))
        seen.add(variant.sku)
    return wrong
