"""Pure decisions of payments."""

from galleria.foundation import ledger
from galleria.kernel.ids import MallId, RefundId
from galleria.value.payments.model import Intent, Notice, Outcome, PaymentProvider, RefundOrder, Result, Scene

ASK_PAUSES_S = [20, 20, 30, 60, 120, 300, 600]
"""How many seconds pass before a provider is asked about a payment for the first, second and each further time."""

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
        return (Scene.MINI_PROGRAM,) if "miniProgram" in agent else (Scene.JSAPI, Scene.PAGE)
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
