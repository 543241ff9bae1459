"""HTTP: one domain call a route, refusals as problem details (RFC 9457), idempotency keys, live streams."""
