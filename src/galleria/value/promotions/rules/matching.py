"""Which goods an offer holds for.

Every id of a line becomes a mark, an integer that also says what the id is of; a scope becomes sets of marks, so that
one comparison of sets tells whether a line is meant.
"""

import msgspec

from galleria.value.promotions.model import BasketLine, Scope

MERCHANT, SHOP, CATEGORY, PRODUCT, VARIANT = (position << 128 for position in range(5))

Marks = frozenset[int]


class Goods(msgspec.Struct, frozen=True):
    """A scope, compiled: a line is meant that has a mark of each of `needs`, the narrowest first, and none of `but`."""

    needs: tuple[Marks, ...]
    but: Marks

    def hold(self, marks: Marks) -> bool:
        """Return whether a line with these marks is meant."""
        for need in self.needs:
            if need.isdisjoint(marks):
                return False
        return self.but.isdisjoint(marks)


def marks_of(line: BasketLine) -> Marks:
    """Return the marks of a line."""
    return frozenset(
        (
            MERCHANT | line.merchant_id.int,
            SHOP | line.shop_id.int,
            PRODUCT | line.product_id.int,
            VARIANT | line.variant_id.int,
            *[CATEGORY | category_id.int for category_id in line.category_ids],
        )
    )


def goods_of(scope: Scope) -> Goods:
    """Return a scope, compiled."""
    narrowing = (
        (VARIANT, scope.variant_ids),
        (PRODUCT, scope.product_ids),
        (CATEGORY, scope.category_ids),
        (SHOP, scope.shop_ids),
        (MERCHANT, scope.merchant_ids),
    )
    return Goods(
        needs=tuple(frozenset(mark | one.int for one in ids) for mark, ids in narrowing if ids),
        but=frozenset(PRODUCT | one.int for one in scope.except_product_ids),
    )


def matches(scope: Scope, line: BasketLine) -> bool:
    """Return whether a scope holds for a line."""
    return goods_of(scope).hold(marks_of(line))
