"""Routes of checkout: ordering, and paying."""

from galleria.commerce.checkout.http import ordering, paying

ROUTES = [*ordering.ROUTES, *paying.ROUTES]
