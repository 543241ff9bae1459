"""What couriers tell: `couriers.moved` to fulfilment and to everybody's screens, and jobs for after the commit."""

from galleria.commerce.couriers.model import Request, RunId
from galleria.kernel.ids import MallId
from galleria.platform.command import Event
from galleria.platform.jobs import Job
from galleria.platform.tx import Tx

MOVED = "couriers.moved"
ASK_QUOTES = "couriers.ask_quotes"
CREATE = "couriers.create"
CALL_OFF = "couriers.call_off"
TIP = "couriers.tip"
CONFIRM_RETURNED = "couriers.confirm_returned"


def told(tx: Tx, request: Request, state: str, *, reason: str = "", company: str = "") -> None:
    """Tell where a shipment in the hands of couriers stands: a request's state."""
    tx.emit(
        Event(
            MOVED,
            request.shipment_id,
            {
                "shipment_id": str(request.shipment_id),
                "request_id": str(request.id),
                "mall_id": str(request.mall_id),
                "state": state,
                "reason": reason,
                "company": company,
            },
            topics=(f"mall:{request.mall_id}", f"member:{request.member_id}"),
        )
    )


def ask_quotes(request: Request) -> Job:
    """Return the job that asks companies what they want for a request."""
    return Job(ASK_QUOTES, {"mall_id": request.mall_id, "request_id": request.id}, dedupe=f"{ASK_QUOTES}:{request.id}")


def of_run(name: str, mall_id: MallId, run_id: RunId) -> Job:
    """Return a job about a run at its company."""
    return Job(name, {"mall_id": mall_id, "run_id": run_id}, dedupe=f"{name}:{run_id}")
