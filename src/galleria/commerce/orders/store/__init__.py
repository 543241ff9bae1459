"""Every statement on orders."""
