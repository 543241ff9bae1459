"""Stored value: money a member keeps with the mall, to pay with."""
