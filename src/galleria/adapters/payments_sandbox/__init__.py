"""A payment company of our own invention, for demos and tests: it behaves like a real one, failures included.

It keeps its own books (`sandbox.*`), which nothing else reads, shows a cashier page, sends signed notices (Standard
Webhooks) and answers queries. A charge is decided once, by its primary key; its refunds never exceed it.
"""

from galleria.adapters.payments_sandbox.provider import SandboxPayments

__all__ = ["SandboxPayments"]
