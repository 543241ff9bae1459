"""Simulation: what a basket, or last week's orders, would have cost under draft offers.

Owns no table; reads live offers, drafts, orders and costs, and writes nothing. Replayed orders keep their goods, their
prices without offers, and the hour they were placed at; coupons and delivery are left out. Merchants replay their own
goods only. Emits and hears no events.

Invariants: both sides price the same baskets; without drafts nothing changes.
"""

from galleria.insight.simulation.model import (
    BasketChange,
    BasketGood,
    Material,
    OfferConflict,
    OfferEffect,
    Replay,
    SimulatedBasket,
    SimulatedFunder,
    Simulation,
    SimulationRequest,
    Totals,
)
from galleria.insight.simulation.queries import material
from galleria.insight.simulation.rules import simulate

__all__ = [
    "BasketChange",
    "BasketGood",
    "Material",
    "OfferConflict",
    "OfferEffect",
    "Replay",
    "SimulatedBasket",
    "SimulatedFunder",
    "Simulation",
    "SimulationRequest",
    "Totals",
    "material",
    "simulate",
]
