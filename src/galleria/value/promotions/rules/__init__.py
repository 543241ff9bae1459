"""Pricing: which offers a basket has, what they take off, how much of that falls on each unit, and why."""

from galleria.value.promotions.rules.book import Book, compile_book
from galleria.value.promotions.rules.checking import check_offer
from galleria.value.promotions.rules.matching import matches
from galleria.value.promotions.rules.pricing import narrow, price

__all__ = ["Book", "check_offer", "compile_book", "matches", "narrow", "price"]
