"""Members: people who shop, one of each across all malls of a group. Owns their profiles and one-time codes.

- One member a phone (E.164) and group, by a unique key: first sign-ins that arrive at once make one member.
- A one-time code has six digits, works once, for five minutes and five tries, and is stored as a keyed hash only;
  another may be asked for after a minute. Tries are spent under the code's row lock, before the code is compared.
- A birthday is told once. A member lives in one household or none; at most eight share one (a conditional count), and
  who has left one joins the next after 30 days.
- Whether a phone belongs to a member cannot be learned by asking for a code.

Emits and hears no events.
"""

from galleria.foundation.members.model import (
    BirthdaySet,
    CodeSent,
    CodeTooSoon,
    CodeWrong,
    Household,
    HouseholdCodeWrong,
    HouseholdFull,
    HouseholdTooSoon,
    InHousehold,
    Locale,
    Member,
    Profile,
    Tier,
    Verified,
)
from galleria.foundation.members.operations import (
    find_or_create,
    join_household,
    leave_household,
    make_household,
    open_session,
    send_code,
    set_tier,
    update_profile,
    verify,
)
from galleria.foundation.members.queries import (
    count,
    count_segment,
    find_by_phone,
    get_household,
    get_member,
    list_members,
    list_segment,
    profile,
    profiles,
)
from galleria.foundation.members.rules import mask_phone, normalise_phone

__all__ = [
    "BirthdaySet",
    "CodeSent",
    "CodeTooSoon",
    "CodeWrong",
    "Household",
    "HouseholdCodeWrong",
    "HouseholdFull",
    "HouseholdTooSoon",
    "InHousehold",
    "Locale",
    "Member",
    "Profile",
    "Tier",
    "Verified",
    "count",
    "count_segment",
    "find_by_phone",
    "find_or_create",
    "get_household",
    "get_member",
    "join_household",
    "leave_household",
    "list_members",
    "list_segment",
    "make_household",
    "mask_phone",
    "normalise_phone",
    "open_session",
    "profile",
    "profiles",
    "send_code",
    "set_tier",
    "update_profile",
    "verify",
]
