"""Pure decisions of checkout: what a basket is, how a price becomes a screen or an order, what the ledger is told."""
