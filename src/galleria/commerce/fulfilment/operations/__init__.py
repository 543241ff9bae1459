"""What happens in fulfilment, by subject."""
