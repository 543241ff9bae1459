"""An SMS provider that sends nothing: it remembers what it was given, and logs it for whoever tries the demo."""

from collections import deque

import structlog

from galleria.foundation.notifications import Sms

REMEMBERED = 1000

log = structlog.get_logger()


class SandboxSms:
    """Keeps the last messages of this process in `sent`, oldest first."""

    def __init__(self) -> None:
        self.sent: deque[Sms] = deque(maxlen=REMEMBERED)

    async def send(self, sms: Sms) -> None:
        """Remember a message."""
        self.sent.append(sms)
        log.info("sms.sandbox", phone=sms.phone, body=sms.body)
