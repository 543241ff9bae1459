"""What the mall sees of all this."""
