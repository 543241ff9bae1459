"""Simulation: what draft offers would change, on any basket or on the orders of last week."""
