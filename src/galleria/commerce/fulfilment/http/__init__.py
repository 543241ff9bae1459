"""Routes of fulfilment, by subject."""

from galleria.commerce.fulfilment.http import addresses, desk, mine, points, settings, shipments, transfers

ROUTES = [
    *addresses.ROUTES,
    *settings.ROUTES,
    *points.ROUTES,
    *shipments.ROUTES,
    *desk.ROUTES,
    *mine.ROUTES,
    *transfers.ROUTES,
]
