"""The device a request comes from."""

from uuid import UUID

from galleria.platform.http.call import Call

HEADER = "galleria-device"


def device_of(call: Call) -> UUID | None:
    """Return the id that the shopper's app made for itself, or None when there is none to read."""
    try:
        return UUID(call.request.headers.get(HEADER, ""))
    except ValueError:
        return None
