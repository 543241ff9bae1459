"""Routes of fulfilment, by subject."""

from galleria.commerce.fulfilment.http import addresses, points, settings

ROUTES = [*addresses.ROUTES, *settings.ROUTES, *points.ROUTES]
