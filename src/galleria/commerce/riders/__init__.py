"""Riders: tasks of the mall's own riders, the order of their doors, and proof of what they did."""
