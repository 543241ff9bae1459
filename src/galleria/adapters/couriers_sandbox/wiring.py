"""What the sandbox of couriers brings to the program; without `GALLERIA_SANDBOX` nobody places orders there."""

from collections.abc import Mapping
from datetime import datetime

from galleria.adapters import couriers_sandbox
from galleria.commerce import couriers
from galleria.commerce.couriers import Companies
from galleria.kernel.errors import DomainError
from galleria.platform.jobs import Schedule
from galleria.platform.module import Keyed, Module
from galleria.platform.runtime import Runtime


async def advance(runtime: Runtime, now: datetime) -> None:  # noqa: ARG001 - the companies have a clock of their own
    """Move the companies' orders on and hand their notices over as if they came by the network."""

    async def tell(company: str, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        found = runtime.port(Companies).get(company)
        try:
            if found is not None:
                await couriers.receive_notice(runtime, company=found, headers=headers, body=body, now=at)
        except DomainError:
            return  # a refusal is the receiver's business

    if runtime.settings.sandbox:
        await couriers_sandbox.house(runtime.db, runtime.signer).advance(tell)


MODULE = Module(
    name="couriers_sandbox",
    schedules=[Schedule("couriers_sandbox.advance", 3, advance)],
    tables={"sandbox.courier_order": Keyed.OWNER},
)
