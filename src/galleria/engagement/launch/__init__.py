"""Launch: nothing goes live unchecked, and above a mall's limits not without a second person.

Owns `launch.review` and `launch.policy`. Offers, coupons and price rules go live through here: their newest version is
checked (prices below cost or floor, baskets that stack to almost nothing, budgets and audiences out of the usual,
missing words, goods and stock), and is refused, let live at once, or kept until somebody else approves it. The log of
changes is each module's own versions, told side by side, and undone by restoring the one before.

Invariants: who asked never decides (CHECK); a request is decided once (conditional UPDATE under its row lock); a
subject has one pending request at most (unique index); what is approved is the version that was asked for.

Events out: `launch.requested`, `launch.decided` (subject the request; `subject_kind`, `subject_id`, `state`). Events
in: none.
"""

from galleria.engagement.launch.model import (
    AlreadyLive,
    AlreadyPending,
    ChangeSuperseded,
    Finding,
    FindingCode,
    LaunchOutcome,
    LaunchPolicy,
    LaunchRefused,
    LaunchReport,
    LaunchSubject,
    NothingBefore,
    NotLaunchable,
    OwnRequest,
    Review,
    ReviewDecided,
    ReviewId,
    ReviewOutdated,
    ReviewState,
    Severity,
    SubjectKind,
    Undone,
    VersionChange,
)
from galleria.engagement.launch.operations import approve, launch, reject, set_policy, undo, withdraw
from galleria.engagement.launch.queries import check, get_policy, list_changes, list_reviews

__all__ = [
    "AlreadyLive",
    "AlreadyPending",
    "ChangeSuperseded",
    "Finding",
    "FindingCode",
    "LaunchOutcome",
    "LaunchPolicy",
    "LaunchRefused",
    "LaunchReport",
    "LaunchSubject",
    "NotLaunchable",
    "NothingBefore",
    "OwnRequest",
    "Review",
    "ReviewDecided",
    "ReviewId",
    "ReviewOutdated",
    "ReviewState",
    "Severity",
    "SubjectKind",
    "Undone",
    "VersionChange",
    "approve",
    "check",
    "get_policy",
    "launch",
    "list_changes",
    "list_reviews",
    "reject",
    "set_policy",
    "undo",
    "withdraw",
]
