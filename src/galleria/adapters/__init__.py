"""Vendors behind Protocols that modules own, each with a sandbox twin."""
