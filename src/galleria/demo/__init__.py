"""The demo mall: invented content to look at, and the pictures that go with it."""
