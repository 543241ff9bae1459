"""Routes of dining: for the guests' phones, the waiters, the kitchen, and the restaurant that sets it up."""

from galleria.onsite.dining.http.guests import ROUTES as GUESTS
from galleria.onsite.dining.http.kitchen import ROUTES as KITCHEN
from galleria.onsite.dining.http.serving import ROUTES as SERVING
from galleria.onsite.dining.http.setup import ROUTES as SETUP
from galleria.onsite.dining.http.waiters import ROUTES as WAITERS

ROUTES = [*GUESTS, *WAITERS, *SERVING, *KITCHEN, *SETUP]

__all__ = ["ROUTES"]
