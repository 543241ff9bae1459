"""Hands-free shopping: sealed bags, who has each, and where it waits."""
