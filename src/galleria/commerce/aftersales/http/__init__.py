"""Routes of after-sales."""

from galleria.commerce.aftersales.http import counter, mine, shop

ROUTES = [*mine.ROUTES, *counter.ROUTES, *shop.ROUTES]
