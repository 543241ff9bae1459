"""Messages to people. Owns every message, its state, and the Protocol of the providers that carry it.

- A message is a row and a job in the caller's transaction: a rollback sends nothing, a crash loses nothing.
- Sending happens outside transactions and at least once; a message leaves `queued` once.
- A one-time code is derived from the message's id when it is sent, and stored nowhere.

Emits and hears no events.
"""

from galleria.foundation.notifications.model import Message, MessageState, Sms, SmsProvider, SmsRefused
from galleria.foundation.notifications.operations import send_sms
from galleria.foundation.notifications.queries import get_message
from galleria.foundation.notifications.rules import one_time_code

__all__ = [
    "Message",
    "MessageState",
    "Sms",
    "SmsProvider",
    "SmsRefused",
    "get_message",
    "one_time_code",
    "send_sms",
]
