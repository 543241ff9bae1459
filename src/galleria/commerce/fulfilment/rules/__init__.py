"""Pure decisions of fulfilment, by subject."""
