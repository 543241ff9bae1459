"""All SQL of hands-free shopping.

Locks, in this order: the label's row (everything about one bag), the trip's row, shelves.
"""
