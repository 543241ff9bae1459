"""Routes of pricing: rules; costs, floors and guards; competitors' prices and the history of our own."""

from galleria.value.pricing.http import money, rules

ROUTES = [*rules.ROUTES, *money.ROUTES]
