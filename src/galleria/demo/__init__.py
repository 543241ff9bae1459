"""The demo mall: invented content, the pictures that go with it, and how both come into the database."""
