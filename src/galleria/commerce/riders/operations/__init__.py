"""Writes of riders: errands given and called off, shifts, what riders report, and routes."""
