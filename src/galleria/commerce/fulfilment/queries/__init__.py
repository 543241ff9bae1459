"""Reads of fulfilment, by subject."""
