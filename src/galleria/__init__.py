"""Galleria: the operating system of a shopping mall that lives online and offline at once."""

__version__ = "0.1.0"
