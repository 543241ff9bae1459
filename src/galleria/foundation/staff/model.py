"""Staff accounts, and what they may do where."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from galleria.kernel.errors import Conflict, DomainError
from galleria.kernel.ids import GroupId, MallId, MerchantId, ShopId, StaffId
from galleria.platform.actors import Permission, Role

Login = Annotated[str, Meta(min_length=3, max_length=80, pattern=r"^[A-Za-z0-9._@+-]+$")]
Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\S")]
NewPassword = Annotated[str, Meta(min_length=10, max_length=200)]
Totp = Annotated[str, Meta(pattern="^[0-9]{6}$")]


class State(StrEnum):
    """Whether an account may sign in; it may go back and forth."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Account(msgspec.Struct, frozen=True):
    """A member of staff."""

    id: StaffId
    group_id: GroupId
    login: str
    name: str
    state: State
    totp_confirmed: bool
    created_at: datetime


class Credentials(msgspec.Struct, frozen=True):
    """What a sign-in is checked against; never leaves the module."""

    id: StaffId
    group_id: GroupId
    login: str
    password_hash: str
    totp_secret: str | None
    totp_confirmed: bool
    state: State


class Proof(msgspec.Struct, frozen=True):
    """That somebody knew the password, and the second factor's time step when the account has one."""

    staff_id: StaffId
    group_id: GroupId
    password_hash: str
    totp_step: int | None


class Named(msgspec.Struct, frozen=True):
    """A grant with the names of what it covers; a part left out is not narrowed."""

    role: Role
    group_id: GroupId
    permissions: list[Permission]
    mall_id: MallId | None = None
    mall_zh: str | None = None
    mall_en: str | None = None
    merchant_id: MerchantId | None = None
    merchant_zh: str | None = None
    merchant_en: str | None = None
    shop_id: ShopId | None = None
    shop_zh: str | None = None
    shop_en: str | None = None


class Profile(msgspec.Struct, frozen=True):
    """A member of staff as screens show him."""

    id: StaffId
    group_id: GroupId
    login: str
    name: str
    state: State
    totp_confirmed: bool
    created_at: datetime
    grants: list[Named]


class WantedGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role to give: in the whole mall, at one merchant or at one shop; in all malls when `whole_group`."""

    role: Role
    merchant_id: MerchantId | None = None
    shop_id: ShopId | None = None
    whole_group: bool = False


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of staff to be."""

    login: Login
    name: Name
    password: NewPassword
    grants: Annotated[list[WantedGrant], Meta(min_length=1, max_length=50)]


class AccountUpdate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. `grants` replaces those of this mall that the giver could give."""

    name: Name | None = None
    password: NewPassword | None = None
    state: State | None = None
    reset_totp: bool = False
    grants: Annotated[list[WantedGrant], Meta(max_length=50)] | None = None

    @property
    def touches_account(self) -> bool:
        """Return whether more than grants would change."""
        return self.name is not None or self.password is not None or self.state is not None or self.reset_totp


class SignInRefused(DomainError):
    """Login or password is wrong, or the account is disabled: the caller is not told which."""

    code = "sign_in_refused"
    status = 400


class TotpRequired(DomainError):
    """The password is right; the code of the authenticator app is needed too."""

    code = "totp_required"
    status = 400


class TotpWrong(DomainError):
    """The authenticator code is wrong or was used before."""

    code = "totp_wrong"
    status = 400


class TotpState(Conflict):
    """A second factor is already on, or none has been started."""

    code = "totp_state"


class LoginTaken(Conflict):
    """Another account has this login."""

    code = "login_taken"


class LastOperator(Conflict):
    """Nobody would be left to run the group or the mall."""

    code = "last_operator"


class GrantBeyond(DomainError):
    """The giver does not hold himself what he would give."""

    code = "grant_beyond"
    status = 403
