"""The demo mall: an invented one, seeded and lively."""
