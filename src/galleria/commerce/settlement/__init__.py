"""Settlement: what the platform takes, what merchants are owed for a period, and what was paid out."""
