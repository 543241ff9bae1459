"""What draws people: events."""
