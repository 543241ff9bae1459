"""What the sandbox of payments brings to the program; without `GALLERIA_SANDBOX` its routes find nothing."""

from galleria.adapters.payments_sandbox.cashier import ROUTES, TASKS
from galleria.platform.module import Keyed, Module

MODULE = Module(
    name="payments_sandbox",
    routes=ROUTES,
    tasks=TASKS,
    tables={"sandbox.charge": Keyed.OWNER, "sandbox.refund": Keyed.OWNER},
)
