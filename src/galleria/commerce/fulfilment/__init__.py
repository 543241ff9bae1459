"""Fulfilment: the ways goods reach the shopper, slots and points with room for so many, and shipments."""
