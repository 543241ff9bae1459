"""What happens inside the building."""
