"""Dining: tables with several phones on one order, the kitchen's board, and the bill."""
