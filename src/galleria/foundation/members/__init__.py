"""Members: people who shop, one of each across all malls of a group. Owns their profiles and one-time codes.

- One member a phone (E.164) and group, by a unique key: first sign-ins that arrive at once make one member.
- A one-time code has six digits, works once, for five minutes and five tries, and is stored as a keyed hash only;
  another may be asked for after a minute. Tries are spent under the code's row lock, before the code is compared.
- Whether a phone belongs to a member cannot be learned by asking for a code.

Emits and hears no events.
"""

from galleria.foundation.members.model import CodeSent, CodeTooSoon, CodeWrong, Locale, Member, Verified
from galleria.foundation.members.operations import find_or_create, open_session, send_code, update_profile, verify
from galleria.foundation.members.queries import find_by_phone, get_member, list_members
from galleria.foundation.members.rules import mask_phone, normalise_phone

__all__ = [
    "CodeSent",
    "CodeTooSoon",
    "CodeWrong",
    "Locale",
    "Member",
    "Verified",
    "find_by_phone",
    "find_or_create",
    "get_member",
    "list_members",
    "mask_phone",
    "normalise_phone",
    "open_session",
    "send_code",
    "update_profile",
    "verify",
]
