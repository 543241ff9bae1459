"""Assortment: which goods to list online, which to draw people with, which to leave in the shop, and why.

Owns no table; reads goods, sales, stock, costs and prices seen elsewhere, and writes nothing. Merchants see their own
goods only. Emits and hears no events.

Invariants: the ranking depends on the facts, not on their order; what is not known counts neither for nor against a
good; no good that is out of stock or sells below cost is recommended.
"""

from galleria.insight.assortment.model import Advice, Assortment, GoodFacts, Part, RankedGood, ScorePart, Why
from galleria.insight.assortment.queries import assortment
from galleria.insight.assortment.rules import margin_bp, rank

__all__ = [
    "Advice",
    "Assortment",
    "GoodFacts",
    "Part",
    "RankedGood",
    "ScorePart",
    "Why",
    "assortment",
    "margin_bp",
    "rank",
]
