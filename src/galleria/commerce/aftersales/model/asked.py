"""What people ask of cases, and the refusals."""

from typing import Annotated
from uuid import UUID

import msgspec

from galleria.commerce.aftersales.model.state import CaseKind, CaseReason, CaseRemedy
from galleria.kernel.errors import Conflict, NotFound

Words = Annotated[str, msgspec.Meta(max_length=1000, pattern=r"^[^\x00]*$")]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Pictures = Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\.webp$")]], msgspec.Meta(max_length=9)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_00)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Code = Annotated[str, msgspec.Meta(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z: -]+$")]


class AskedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a line, by their positions from 0."""

    line_id: UUID
    units: Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=998)]], msgspec.Meta(min_length=1, max_length=999)]


class NewCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for which units of one shop's part, and why; no amount means all that is left of their price."""

    lines: Annotated[list[AskedLine], msgspec.Meta(min_length=1, max_length=100)]
    kind: CaseKind
    reason: CaseReason
    words: Words = ""
    pictures: Pictures = []
    amount_minor: Minor | None = None
    replacement_variant_id: UUID | None = None


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a shop, or the mall, answers: `remedy` and `amount_minor` say what is granted or offered instead.

    Approving without them grants what was asked. `restock` puts returned goods back on the shelf, `with_delivery` gives
    the delivery fee back too.
    """

    remedy: CaseRemedy | None = None
    amount_minor: Minor | None = None
    with_delivery: bool = False
    restock: bool = False
    words: Words = ""
    pictures: Pictures = []


class CaseRefusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is refused."""

    words: Said
    pictures: Pictures = []


class CaseNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to add: words, with pictures."""

    words: Said
    pictures: Pictures = []


class CaseParcel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parcel on its way: who carries it, under which number."""

    carrier: Name
    tracking: Name


class CaseScanIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods given in: at a shop of the mall, or (none told) at the mall's own desk; `place` says where there.

    `code` is what the shopper shows; the case's own shop needs none, so that a parcel can be taken in.
    """

    shop_id: UUID | None = None
    code: Annotated[str, msgspec.Meta(max_length=40)] = ""
    place: Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[^\x00]*$")] = ""
    pictures: Pictures = []


class ShownCaseCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code a shopper shows."""

    code: Code


class CaseDone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done, in words and pictures."""

    words: Words = ""
    pictures: Pictures = []


class UnitInCase(Conflict):
    """Another case holds one of the units."""

    code = "unit_in_case"


class CaseFinal(Conflict):
    """The mall has decided about one of these units; its word is final."""

    code = "case_final"


class CaseMoved(Conflict):
    """The case stands elsewhere by now, so this cannot be done: `state`."""

    code = "case_moved"


class GoodsNotHere(Conflict):
    """The goods are not where this needs them to be."""

    code = "case_goods_elsewhere"


class CaseCodeWrong(NotFound):
    """No open case of this mall has this code."""

    code = "case_code_wrong"
