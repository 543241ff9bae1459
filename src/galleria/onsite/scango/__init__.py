"""Scan and go: goods scanned by the shopper's own phone, paid, and checked at the gate."""
