"""The registry of advisory locks: the first key of each, so that no two purposes share one. Taken before row locks."""

SCHEDULE = 1
"""Keeps a schedule in one worker; the second key is a hash of its name."""
STAFF = 2
"""Orders changes of a group's staff, so that two operators cannot remove each other; second key: the group's hash."""
LATE_SCAN = 16
"""Orders late scans of one ticket, so that the first scanned wins; second key: the ticket's number."""
MEMBER_ADDRESSES = 25
"""Orders changes of a member's addresses, so that one is preferred and none is too many; second key: the member."""
