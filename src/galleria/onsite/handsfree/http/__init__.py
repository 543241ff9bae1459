"""Routes of hands-free shopping."""

from galleria.onsite.handsfree.http import console, member, places, scanning

ROUTES = [*scanning.ROUTES, *places.ROUTES, *console.ROUTES, *member.ROUTES]
