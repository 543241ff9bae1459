"""What a launch looks at, what it finds, who decides, and what changed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NewType
from uuid import UUID

import msgspec
from msgspec import Meta

from galleria.foundation.catalog import Sellable
from galleria.kernel.errors import Conflict, Forbidden
from galleria.kernel.ids import MerchantId, ProductId, ShopId, StaffId, VariantId
from galleria.value.pricing import Floor, Preview
from galleria.value.promotions import Offer

ReviewId = NewType("ReviewId", UUID)

Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]
Minor = Annotated[int, Meta(ge=0, le=2**53)]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]


class SubjectKind(StrEnum):
    """What can be launched."""

    OFFER = "offer"
    COUPON = "coupon"
    PRICE_RULE = "price_rule"


class LaunchSubject(msgspec.Struct, frozen=True):
    """What is to be launched; always its newest version."""

    subject_kind: SubjectKind
    subject_id: UUID


class Severity(StrEnum):
    """What a finding means for the launch; the gravest decides."""

    INFO = "info"  # good to know
    WARNING = "warning"  # worth a look
    SECOND_PERSON = "second_person"  # somebody else must approve
    REFUSE = "refuse"  # not in this form


class FindingCode(StrEnum):
    """What was found. The numbers that belong to it are in `params`."""

    BELOW_COST = "below_cost"
    BELOW_FLOOR = "below_floor"
    ABSURD_PRICE = "absurd_price"
    BUDGET_LARGE = "budget_large"
    BUDGET_UNUSUAL = "budget_unusual"
    BUDGET_MISSING = "budget_missing"
    AUDIENCE_LARGE = "audience_large"
    TRANSLATION_MISSING = "translation_missing"
    STOCK_SHORT = "stock_short"
    NO_GOODS = "no_goods"
    OVERLAPS = "overlaps"
    OVER_ALREADY = "over_already"
    NOT_YOURS = "not_yours"
    NOT_LIVE = "not_live"


class AffectedGood(msgspec.Struct, frozen=True, kw_only=True):
    """A good that a finding is about: what it costs now, what it would cost, and what was measured against."""

    variant_id: VariantId
    product_id: ProductId
    name_zh: str
    name_en: str
    option_zh: str
    option_en: str
    price_minor: int
    result_minor: int | None = None
    bound_minor: int | None = None
    available: int | None = None


class Beside(msgspec.Struct, frozen=True):
    """Another offer that a finding is about."""

    id: UUID
    title_zh: str
    title_en: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something a check noticed, in words of the caller's language, with a sample of `goods_count` goods."""

    code: FindingCode
    severity: Severity
    params: dict[str, str | int] = {}
    message: str = ""
    goods: list[AffectedGood] = []
    goods_count: int = 0
    beside: list[Beside] = []


class LaunchOutcome(StrEnum):
    """What a launch would do, or did."""

    LIVE = "live"  # live at once, or from its start on
    PENDING = "pending"  # waits for a second person
    REFUSED = "refused"


class LaunchReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks found about a version, the gravest first, and what launching it would come to."""

    subject_kind: SubjectKind
    subject_id: UUID
    version: int
    title_zh: str
    title_en: str
    outcome: LaunchOutcome
    findings: list[Finding]
    checked_at: datetime


class ReviewState(StrEnum):
    """Where a request to go live stands."""

    PENDING = "pending"
    APPROVED = "approved"  # by a second person, or at once when nothing asked for one
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by who asked, or because the subject moved on


class StaffPerson(msgspec.Struct, frozen=True):
    """Somebody of the staff; the system has no id."""

    id: StaffId | None
    name: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A request to go live: what was found, who asked, who decided. `may_decide` tells whether the caller may."""

    id: ReviewId
    subject_kind: SubjectKind
    subject_id: UUID
    version: int
    merchant_id: MerchantId | None
    title_zh: str
    title_en: str
    state: ReviewState
    findings: list[Finding]
    requested_by: StaffPerson
    requested_at: datetime
    decided_by: StaffPerson | None
    decided_at: datetime | None
    reason: str | None
    may_decide: bool = False


class Rejection(msgspec.Struct, frozen=True):
    """Why it may not go live, for who asked."""

    reason: Reason


class FieldChange(msgspec.Struct, frozen=True):
    """One field that changed: its path such as `benefit.price_minor`, and both values as JSON."""

    path: str
    before: Any
    after: Any


class VersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """One version of something launched, beside the one before it (null for the first)."""

    id: str
    subject_kind: SubjectKind
    subject_id: UUID
    merchant_id: MerchantId | None
    version: int
    title_zh: str
    title_en: str
    made_by: StaffPerson
    at: datetime
    restored_from: int | None
    approved_at: datetime | None
    before: dict[str, Any] | None
    after: dict[str, Any]
    fields: list[FieldChange]
    newest: bool
    undoable: bool


class Undone(msgspec.Struct, frozen=True):
    """The version that came of going back, and the launch of it: live at once, or waiting for a second person."""

    version: int
    review: Review | None


class LaunchPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """From where on a mall wants a second person. Shares of a price are basis points, money is minor units."""

    budget_minor: Annotated[Minor, Meta(description="A budget above this wants a second person")] = 5_000_000
    budget_times: Annotated[
        int, Meta(ge=1, le=1000, description="So many times what the shops gave away in a usual 30 days is unusual")
    ] = 5
    lowest_price_bp: Annotated[
        BasisPoints, Meta(description="A good or small basket below this share of its price wants a second person")
    ] = 3_000
    refuse_price_bp: Annotated[
        BasisPoints, Meta(description="Below this share of its price it is refused, unless units are limited")
    ] = 500
    audience: Annotated[
        int, Meta(ge=0, le=2_000_000_000, description="An unlimited offer to more members than this is pointed out")
    ] = 10_000
    below_cost: Annotated[Severity, Meta(description="What selling below cost means")] = Severity.SECOND_PERSON
    merchants_decide: Annotated[
        bool, Meta(description="Whether a merchant's second person may approve, or only the mall's operators")
    ] = True


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What is to go live, whatever its kind: its newest version, whose it is, and what the engine makes of it.

    Of a flash sale `offers` holds one for each session; of a price rule there is a `preview` instead.
    """

    kind: SubjectKind
    id: UUID
    version: int
    live_version: int | None
    state: str
    merchant_id: MerchantId | None
    shop_ids: list[ShopId]
    title_zh: str
    title_en: str
    ends_at: datetime | None
    offers: tuple[Offer, ...] = ()
    preview: Preview | None = None
    grant_owner: MerchantId | None = None
    grants_live: bool = True


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks go by. `goods` become cheaper, `counted` reach the threshold, `parts` are a bundle's.

    `usual_minor` is what the shops concerned gave away in a usual 30 days, or a tenth of what they sold; 0 without
    history. `beside` are live offers whose periods touch.
    """

    goods: list[Sellable]
    counted: list[Sellable]
    parts: list[list[Sellable]]
    floors: dict[VariantId, Floor]
    available: dict[VariantId, int]
    beside: list[Offer]
    members: int
    usual_minor: int
    now: datetime


class LaunchRefused(Conflict):
    """The checks found something that must be put right first; `errors` names each finding."""

    code = "launch_refused"


class AlreadyPending(Conflict):
    """It waits for a second person already."""

    code = "launch_already_pending"


class AlreadyLive(Conflict):
    """This version is live already."""

    code = "launch_already_live"


class NotLaunchable(Conflict):
    """What has ended is over; a new one is made of its terms."""

    code = "launch_of_ended"


class OwnRequest(Forbidden):
    """Who asked cannot be the second person."""

    code = "launch_own_request"


class ReviewDecided(Conflict):
    """Somebody has decided this request already; it is `state`."""

    code = "launch_review_decided"


class ReviewOutdated(Conflict):
    """What was asked for has changed since; it must be launched anew."""

    code = "launch_review_outdated"


class ChangeSuperseded(Conflict):
    """There is a newer change; undo that one, or restore a version."""

    code = "launch_change_superseded"


class NothingBefore(Conflict):
    """This is the first version: there is nothing to go back to."""

    code = "launch_nothing_before"
