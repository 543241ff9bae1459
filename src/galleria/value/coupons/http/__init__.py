"""Routes of coupons, by subject."""

from galleria.value.coupons.http import claim, code, poster, push, template, transfer

ROUTES = [*template.ROUTES, *claim.ROUTES, *code.ROUTES, *poster.ROUTES, *push.ROUTES, *transfer.ROUTES]
