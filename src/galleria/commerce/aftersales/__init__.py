"""After-sales: cases about units of an order, from the asking to the refund, exchange or repair."""
