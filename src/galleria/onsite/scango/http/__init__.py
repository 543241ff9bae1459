"""Routes of scan and go: for the shopper with the phone, the staff at the gate, and the shop that sets it up."""

from galleria.onsite.scango.http.gate import ROUTES as GATE
from galleria.onsite.scango.http.shoppers import ROUTES as SHOPPERS
from galleria.onsite.scango.http.shops import ROUTES as SHOPS

ROUTES = [*SHOPPERS, *GATE, *SHOPS]

__all__ = ["ROUTES"]
