"""Signing in: access tokens, sign-ins, grants of staff, passwords, attempt limits."""
