"""Writes of redemption: at a counter, at a till, of late scans, and what is booked for them."""
