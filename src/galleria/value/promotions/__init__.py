"""Promotions: what a basket costs, to the last unit, and why.

Owns no table: pricing is a pure function of a basket, the offers a shopper may use, what is known of the shopper, and
when and where.
"""
