"""Routes of redemption: the counter, the till in two steps and at once, and late scans."""

from galleria.commerce.redemption.http import counter, offline, till

ROUTES = [*counter.ROUTES, *till.ROUTES, *offline.ROUTES]
