"""Check-ins: a ladder of rewards for coming back day after day."""
