"""Couriers: quotes and deliveries by other companies, in one set of states."""
