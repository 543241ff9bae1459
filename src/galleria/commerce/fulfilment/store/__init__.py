"""Every statement on fulfilment, by subject. Locks: an order first, then its shipments, slots, compartments."""
