"""Pure decisions of payments."""

from collections.abc import Sequence

from galleria.foundation import ledger
from galleria.kernel.ids import MallId, RefundId
from galleria.value.payments.model import Intent, Notice, Outcome, PaymentProvider, RefundOrder, Result, Scene
from galleria.value.payments.model.providers import LineKind, StatementLine
from galleria.value.payments.model.reconciliation import DifferenceKind, Found, Ours, StatementOf, What

ASK_PAUSES_S = [20, 20, 30, 60, 120, 300, 600]
"""How many seconds pass before a provider is asked about a payment for the first, second and each further time."""

REFUND_PAUSES_S = [60, 300, 1800, 7200, 21_600]
"""The same for refunds that a provider is at: banks take minutes to days."""

SEND_ATTEMPTS = 6
"""How often a refund is sent to a provider that does not answer before it counts as failed and waits for a person."""


PHONES = ("Android", "iPhone", "iPad", "Mobile", "HarmonyOS")


def scenes_for(provider: PaymentProvider, agent: str) -> tuple[Scene, ...]:
    """Return the scenes of a provider that a browser (by its user agent) can do, the most convenient first.

    Inside a payment company's own browser only that company can be paid, and those that have none.
    """
    return tuple(scene for scene in _suiting(provider, agent) if scene in provider.scenes)


def _suiting(provider: PaymentProvider, agent: str) -> tuple[Scene, ...]:
    if provider.browser and provider.browser in agent:
        if Scene.JSAPI not in provider.scenes:
            return (Scene.H5, Scene.PAGE)
        return (Scene.MINI_PROGRAM,) if "miniProgram" in agent else (Scene.JSAPI,)
    if provider.browser and any(mark in agent for mark in ("MicroMessenger", "AlipayClient")):
        return ()
    if any(mark in agent for mark in PHONES):
        return (Scene.H5, Scene.PAGE)
    return (Scene.PAGE, Scene.NATIVE)


def result_of(notice: Notice, intent: Intent, *, moved: bool) -> Result:
    """Return what a notice did: amount and currency must be those of the intent before anything else counts."""
    if (notice.amount_minor, notice.currency) != (intent.amount_minor, intent.currency):
        return Result.MISMATCH
    if not moved:
        return Result.DUPLICATE
    return Result.SUCCEEDED if notice.outcome is Outcome.SUCCEEDED else Result.FAILED


def refund_entry(order: RefundOrder, refund_id: RefundId) -> ledger.Entry:
    """Return the entry of a refund paid out: what we owed is now settled by what the provider holds for us."""
    return ledger.Entry(
        "payments.refunded",
        refund_id,
        [
            ledger.Posting(payable(order.mall_id, order.currency), -order.amount_minor),
            ledger.Posting(clearing(order.mall_id, order.currency), order.amount_minor),
        ],
    )


def clearing(mall_id: MallId, currency: str) -> ledger.AccountRef:
    """Return the account of what the provider holds for a mall."""
    return ledger.account(ledger.AccountKind.PROVIDER_CLEARING, mall_id, currency)


def payable(mall_id: MallId, currency: str) -> ledger.AccountRef:
    """Return the account of refunds a mall has promised and not yet paid out."""
    return ledger.account(ledger.AccountKind.REFUNDS_PAYABLE, mall_id, currency)


def compare(lines: Sequence[StatementLine], mine: Sequence[Ours]) -> list[Found]:
    """Return where a provider's statement of a day differs from what we have.

    `mine` are our payments and refunds of the statement's numbers and those that succeeded on the day by our clock; one
    that another day's statement tells is not missing, because midnight is not at one moment for two.
    """
    known = {(one.kind, one.number): one for one in mine}
    found: list[Found] = []
    told: set[tuple[LineKind, str]] = set()
    for line in lines:
        key = (line.kind, line.number)
        kind = DifferenceKind.TWICE if key in told else _difference(line, known.get(key))
        told.add(key)
        if kind is not None:
            found.append(_found(kind, line, known.get(key)))
    for key, one in known.items():
        if key not in told and not one.told_before and one.state == "succeeded":
            found.append(_found(DifferenceKind.MISSING_THERE, None, one))
    return found


def _difference(line: StatementLine, one: Ours | None) -> DifferenceKind | None:
    if one is None:
        return DifferenceKind.MISSING_HERE if line.succeeded else None
    if line.succeeded != (one.state == "succeeded"):
        return DifferenceKind.STATE
    if line.succeeded and (line.amount_minor, line.currency) != (one.amount_minor, one.currency):
        return DifferenceKind.AMOUNT
    return DifferenceKind.FEE if line.succeeded and line.fee_minor is None else None


def _found(kind: DifferenceKind, line: StatementLine | None, one: Ours | None) -> Found:
    said = line or one
    if said is None:
        raise ValueError("a difference is between two sides, one of which says something")
    return Found(
        kind=kind,
        what=What(said.kind.value),
        number=said.number,
        reference="" if line is None else line.reference,
        order_id=None if one is None else one.order_id,
        ours_minor=None if one is None else one.amount_minor,
        theirs_minor=None if line is None else line.amount_minor,
        ours_state="" if one is None else one.state,
        currency=said.currency,
    )


def compare_ledger(which: StatementOf, *, collected_minor: int, booked_minor: int) -> list[Found]:
    """Return the difference between what all providers collected, less refunds, and what the ledger has of it."""
    if collected_minor == booked_minor:
        return []
    return [
        Found(
            kind=DifferenceKind.LEDGER,
            what=What.LEDGER,
            number=which.day.isoformat(),
            ours_minor=booked_minor,
            theirs_minor=collected_minor,
            currency=which.currency,
        )
    ]


def sums(lines: Sequence[StatementLine]) -> tuple[int, int, int]:
    """Return what a statement says was collected, given back, and kept as fees."""
    done = [line for line in lines if line.succeeded]
    return (
        sum(line.amount_minor for line in done if line.kind is LineKind.PAYMENT),
        sum(line.amount_minor for line in done if line.kind is LineKind.REFUND),
        sum(line.fee_minor or 0 for line in done),
    )


def by_mall(lines: Sequence[StatementLine], malls: Sequence[MallId]) -> dict[MallId, list[StatementLine]]:
    """Return a statement's lines by mall; one that names none of `malls` is told to the first, for a person to see."""
    split: dict[MallId, list[StatementLine]] = {}
    for line in lines:
        mall_id = line.mall_id if line.mall_id in malls else next(iter(malls), None)
        if mall_id is not None:
            split.setdefault(mall_id, []).append(line)
    return split
