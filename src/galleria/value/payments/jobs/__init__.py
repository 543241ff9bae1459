"""Work on payments after the commit and by the clock: sending refunds, asking about them, comparing statements."""

from galleria.value.payments.jobs.reconciling import reconcile_day, reconcile_due
from galleria.value.payments.jobs.refunding import ask_refunds, send_refund, take_refund_notice

__all__ = ["ask_refunds", "reconcile_day", "reconcile_due", "send_refund", "take_refund_notice"]
