<<<<<<< HEAD
"""The demo mall: an invented one, seeded and lively."""
=======
"""The demo mall: invented content to look at, and the pictures that go with it."""
>>>>>>> demo0
