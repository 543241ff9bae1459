"""Routes of checkout: ordering, paying, and the till."""

from galleria.commerce.checkout.http import ordering, paying, till

ROUTES = [*ordering.ROUTES, *paying.ROUTES, *till.ROUTES]
