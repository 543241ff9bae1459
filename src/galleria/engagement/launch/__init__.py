"""Launch: nothing goes live unchecked, and above limits not without a second person."""
