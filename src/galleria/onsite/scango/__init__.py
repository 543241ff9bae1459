"""Scan and go: shoppers scan goods with their own phones, pay, and leave past the gate. Owns the schema `scango`.

A shop opts in; its barcodes are GTINs, or labels of its scales with a price or weight in them. A member has one basket
a shop that is open or waits for payment (unique index). Stock is the shop's own and is looked at when the basket is
paid: place, price and offers are checkout's, in one transaction with the basket. Goods with an age limit are paid only
after staff have seen the shopper, which is kept with their name. Whose bag is looked at is drawn once for a basket and
cannot be guessed; a basket leaves once (conditional update and unique index), with what was paid and no more.

Emits `scango.terms_set`, `scango.barcodes_set`, `scango.opened`, `scango.changed`, `scango.cancelled`,
`scango.abandoned`, `scango.age_asked`, `scango.age_decided`, `scango.placed`, `scango.paid`, `scango.reopened`,
`scango.held`, `scango.refunded`, `scango.left`. Hears `orders.paid`, `orders.expired`, `orders.cancelled`.
"""

from galleria.onsite.scango.model import LabelFormat, LabelMeasure, NewBarcode, Terms, TermsInput
from galleria.onsite.scango.operations import set_barcodes, set_terms

__all__ = ["LabelFormat", "LabelMeasure", "NewBarcode", "Terms", "TermsInput", "set_barcodes", "set_terms"]
