"""Staff: people who work in the malls. Owns their accounts.

Their grants are stored by the platform, which reads them at every request.

- Nobody gives more than he holds: a grant takes one who manages staff there and holds all the role allows there.
- What concerns the whole person (name, password, state, second factor) takes one who could give all of his grants.
- Disabling an account, or setting its password, ends its sign-ins in the same transaction.
- A group, and a mall that has operators, keeps at least one active one; changes of a group's staff queue on one lock.
- An authenticator's code works once (a conditional UPDATE of the last time step).
- A wrong login, a wrong password and a disabled account cannot be told apart.

Emits and hears no events.
"""

from galleria.foundation.staff.model import (
    Account,
    AccountUpdate,
    GrantBeyond,
    LastOperator,
    LoginTaken,
    NewAccount,
    Profile,
    SignInRefused,
    State,
    TotpRequired,
    TotpState,
    TotpWrong,
    WantedGrant,
)
from galleria.foundation.staff.operations import authenticate, create_account, hire, sign_in, update_account
from galleria.foundation.staff.queries import get_account, get_profile, list_accounts, names

__all__ = [
    "Account",
    "AccountUpdate",
    "GrantBeyond",
    "LastOperator",
    "LoginTaken",
    "NewAccount",
    "Profile",
    "SignInRefused",
    "State",
    "TotpRequired",
    "TotpState",
    "TotpWrong",
    "WantedGrant",
    "authenticate",
    "create_account",
    "get_account",
    "get_profile",
    "hire",
    "list_accounts",
    "names",
    "sign_in",
    "update_account",
]
