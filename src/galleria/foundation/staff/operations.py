"""Staff sign in, and those who may manage staff do."""

from collections.abc import Sequence
from datetime import datetime

from galleria.foundation import malls
from galleria.foundation.staff import queries, rules, store
from galleria.foundation.staff.model import (
    Account,
    AccountUpdate,
    Credentials,
    GrantBeyond,
    LastOperator,
    LoginTaken,
    NewAccount,
    Proof,
    SignInRefused,
    State,
    TotpRequired,
    TotpState,
    TotpWrong,
    WantedGrant,
)
from galleria.kernel.errors import Forbidden, Invalid, NotFound
from galleria.kernel.ids import GroupId, MallId, MerchantId, StaffId, new_id
from galleria.platform.actors import Actor, ActorKind, Grant
from galleria.platform.auth import grants as stored
from galleria.platform.auth import passwords, sessions
from galleria.platform.auth.sessions import Lifetimes, Session
from galleria.platform.db import Database
from galleria.platform.tx import Tx


async def create_account(
    tx: Tx,
    *,
    group_id: GroupId,
    login: str,
    name: str,
    password: str,
    grants: Sequence[Grant],
    now: datetime,
) -> Account:
    """Make an account with grants as they are given; whoever lets a person do this checks first what he may give.

    Logins are unique in the installation and compare without case. Raises LoginTaken, Invalid for a weak password.
    """
    rules.require_password(password, login=login, field="password")
    hashed = await passwords.hash_password(password)
    account = Account(
        StaffId(new_id()), group_id, login.lower(), name, State.ACTIVE, totp_confirmed=False, created_at=now
    )
    if not await store.add(tx, account, password_hash=hashed):
        raise LoginTaken
    await stored.set_grants(tx, staff_id=account.id, grants=grants)
    tx.subject = str(account.id)
    return account


async def hire(tx: Tx, *, giver: Actor, mall_id: MallId, new: NewAccount, now: datetime) -> StaffId:
    """Make an account whose grants the giver holds himself. Raises Forbidden, GrantBeyond, Invalid, LoginTaken."""
    grants = await _given(tx, giver=giver, mall_id=mall_id, wanted=new.grants)
    account = await create_account(
        tx,
        group_id=await malls.group_of(tx, mall_id),
        login=new.login,
        name=new.name.strip(),
        password=new.password,
        grants=grants,
        now=now,
    )
    return account.id


async def update_account(
    tx: Tx, *, giver: Actor, mall_id: MallId, staff_id: StaffId, update: AccountUpdate, now: datetime
) -> StaffId:
    """Change an account in one mall, ending its sign-ins when it is disabled or its password is set.

    Grants that hold elsewhere, or beyond what the giver could give, stay. Name, password, state and second factor are
    the whole person's, so they take someone who could give all of his grants. Raises NotFound when the giver could
    give none of them, Forbidden, GrantBeyond, Invalid, LastOperator.
    """
    group_id = await malls.group_of(tx, mall_id)
    await store.lock_group(tx, group_id)
    account, held = await _within_reach(tx, giver=giver, group_id=group_id, mall_id=mall_id, staff_id=staff_id)
    if update.touches_account and not all(rules.may_give(giver, grant) for grant in held):
        raise Forbidden
    after = held
    if update.grants is not None:
        given = await _given(tx, giver=giver, mall_id=mall_id, wanted=update.grants)
        after = [*rules.kept(held, giver=giver, mall_id=mall_id), *given]
    await _require_operator_left(tx, account, held, [] if update.state is State.DISABLED else after)
    await _apply(tx, account, update, now)
    if update.grants is not None:
        await stored.set_grants(tx, staff_id=staff_id, grants=after)
    tx.subject = str(staff_id)
    return staff_id


async def authenticate(db: Database, *, login: str, password: str, totp: str | None, now: datetime) -> Proof:
    """Return the proof that somebody knows an account's password and, when it is on, holds its second factor.

    Takes the same time for an unknown login as for a wrong password. Raises SignInRefused, TotpRequired, TotpWrong.
    """
    async with db.read() as tx:
        found = await store.credentials(tx, login=login.lower())
    matches = await passwords.password_matches(password, None if found is None else found.password_hash)
    if found is None or not matches or found.state is not State.ACTIVE:
        raise SignInRefused
    if not found.totp_confirmed:
        return Proof(found.id, found.group_id, found.password_hash, None)
    if totp is None:
        raise TotpRequired
    return Proof(found.id, found.group_id, found.password_hash, _step(found, totp, now))


async def sign_in(
    tx: Tx, *, proof: Proof, device: str, refresh_token: str, lifetimes: Lifetimes, now: datetime
) -> Session:
    """Start a sign-in on a proof; raises TotpWrong when its code was used meanwhile, SignInRefused when all changed."""
    taken = await store.spend_step(tx, staff_id=proof.staff_id, password_hash=proof.password_hash, step=proof.totp_step)
    if not taken:
        raise SignInRefused if proof.totp_step is None else TotpWrong
    tx.subject = str(proof.staff_id)
    return await sessions.open_session(
        tx,
        kind=ActorKind.STAFF,
        actor_id=proof.staff_id,
        group_id=proof.group_id,
        device=device,
        refresh_token=refresh_token,
        lifetimes=lifetimes,
        now=now,
    )


async def start_totp(tx: Tx, *, staff_id: StaffId, secret: str) -> StaffId:
    """Keep a second factor's secret until its first code confirms it; raises TotpState when one is on."""
    tx.subject = str(staff_id)
    if not await store.start_totp(tx, staff_id=staff_id, secret=secret):
        raise TotpState
    return staff_id


async def confirm_totp(tx: Tx, *, staff_id: StaffId, code: str, now: datetime) -> StaffId:
    """Turn the started second factor on by its first code; raises TotpState, TotpWrong."""
    tx.subject = str(staff_id)
    found = await store.credentials(tx, staff_id=staff_id)
    if found is None or found.totp_secret is None or found.totp_confirmed:
        raise TotpState
    if not await store.confirm_totp(tx, staff_id=staff_id, secret=found.totp_secret, step=_step(found, code, now)):
        raise TotpState
    return staff_id


async def stop_totp(tx: Tx, *, staff_id: StaffId, code: str, now: datetime) -> StaffId:
    """Turn the second factor off by one of its codes; raises TotpState, TotpWrong."""
    tx.subject = str(staff_id)
    found = await store.credentials(tx, staff_id=staff_id)
    if found is None or not found.totp_confirmed:
        raise TotpState
    if not await store.stop_totp(tx, staff_id=staff_id, step=_step(found, code, now)):
        raise TotpWrong
    return staff_id


async def change_password(tx: Tx, *, proof: Proof, actor: Actor, login: str, password: str, now: datetime) -> StaffId:
    """Set one's own password on a proof of the old one; every other sign-in ends. Raises Invalid when it is weak."""
    if proof.staff_id != actor.staff_id:
        raise Forbidden
    rules.require_password(password, login=login, field="password")
    hashed = await passwords.hash_password(password)
    await store.update(tx, staff_id=proof.staff_id, name=None, password_hash=hashed, state=None, reset_totp=False)
    await sessions.revoke_all(tx, actor_id=proof.staff_id, now=now, keep=actor.session_id)
    tx.subject = str(proof.staff_id)
    return proof.staff_id


async def _apply(tx: Tx, account: Account, update: AccountUpdate, now: datetime) -> None:
    if not update.touches_account:
        return
    hashed = None
    if update.password is not None:
        rules.require_password(update.password, login=account.login, field="password")
        hashed = await passwords.hash_password(update.password)
    await store.update(
        tx,
        staff_id=account.id,
        name=None if update.name is None else update.name.strip(),
        password_hash=hashed,
        state=update.state,
        reset_totp=update.reset_totp,
    )
    if update.state is State.DISABLED or hashed is not None or update.reset_totp:
        await sessions.revoke_all(tx, actor_id=account.id, now=now)


async def _within_reach(
    tx: Tx, *, giver: Actor, group_id: GroupId, mall_id: MallId, staff_id: StaffId
) -> tuple[Account, list[Grant]]:
    """Return an account that the giver could give at least one of its grants in this mall, and all its grants."""
    account = await store.find(tx, staff_id)
    if account is None or account.group_id != group_id:
        raise NotFound
    held = await stored.grants_of(tx, staff_id)
    here = [grant for grant in held if grant.mall_id in {None, mall_id}]
    if not any(rules.may_give(giver, grant) for grant in here):
        raise NotFound
    return account, held


async def _given(tx: Tx, *, giver: Actor, mall_id: MallId, wanted: Sequence[WantedGrant]) -> list[Grant]:
    """Return the wanted grants in full; raises Invalid for a wrong place, GrantBeyond for more than the giver holds."""
    rules.require_shape(wanted)
    target = await malls.mall_target(tx, mall_id)
    merchants = await queries.merchants_of(tx, mall_id, [w.merchant_id for w in wanted if w.merchant_id is not None])
    grants: list[Grant] = []
    for number, want in enumerate(wanted):
        if want.merchant_id is not None and want.merchant_id not in merchants:
            raise Invalid.field(f"grants[{number}].merchant_id", "merchant_unknown")
        merchant_id = await _merchant_of(tx, mall_id, want, f"grants[{number}].shop_id")
        grant = Grant(
            role=want.role,
            group_id=target.group_id,
            mall_id=None if want.whole_group else mall_id,
            merchant_id=merchant_id,
            shop_id=want.shop_id,
        )
        if not rules.may_give(giver, grant):
            raise GrantBeyond
        grants.append(grant)
    return list(dict.fromkeys(grants))


async def _merchant_of(tx: Tx, mall_id: MallId, want: WantedGrant, field: str) -> MerchantId | None:
    """Return the merchant whose shop it is; raises Invalid when there is no such shop or another merchant was named."""
    if want.shop_id is None:
        return want.merchant_id
    try:
        target = await malls.shop_target(tx, mall_id, want.shop_id)
    except NotFound as error:
        raise Invalid.field(field, "shop_unknown") from error
    if want.merchant_id not in {None, target.merchant_id}:
        raise Invalid.field(field, "shop_of_another")
    return target.merchant_id


async def _require_operator_left(tx: Tx, account: Account, before: list[Grant], after: list[Grant]) -> None:
    """Raise LastOperator when the group or a mall would lose its last active operator. Needs the group's lock."""
    if account.state is State.DISABLED:
        return
    holders = [h for h in await stored.operators_of(tx, account.group_id) if h.staff_id != account.id]
    active = {
        a.id
        for a in await store.find_many(tx, account.group_id, [h.staff_id for h in holders])
        if a.state is State.ACTIVE
    }
    others = [grant for holder in holders if holder.staff_id in active for grant in holder.grants]
    if rules.orphaned(before, after, others=others, group_id=account.group_id):
        raise LastOperator


def _step(found: Credentials, code: str, now: datetime) -> int:
    step = passwords.totp_step(found.totp_secret or "", code, int(now.timestamp()))
    if step is None:
        raise TotpWrong
    return step
