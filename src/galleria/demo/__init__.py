"""The demo mall: an invented one, seeded and lively, and the pictures that go with it."""
