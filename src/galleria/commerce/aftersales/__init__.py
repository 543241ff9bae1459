"""After-sales: cases about units of an order, from what is asked to what was given.

Owns the schema `aftersales`. A case asks for money, a return, an exchange, a repair, or what a warranty promises. The
shop answers within the time of its terms, or the mall decides; the shopper may take a refusal, or an offer that is too
little, to the mall, whose word is final. Goods are sent, or given in at any counter of the mall by a code.

Invariants: no two open cases hold the same unit, by constraint; a case moves only as `MOVES` says, under its order's
lock and its own, and every move is kept with who made it; money goes back through `returns` only, once; a replacement
is set aside until it is handed out or given up.

Emits `aftersales.moved` (subject the case; `order_id`, `number`, `what`, `state`), heard by the member, the shop and
the mall. Hears `returns.refunded`: units refunded elsewhere leave their case.
"""

from galleria.commerce.aftersales.model import (
    Askable,
    AskedLine,
    CaseAnswer,
    CaseFinal,
    CaseGoods,
    CaseHanding,
    CaseKind,
    CaseMove,
    CaseMoved,
    CaseNote,
    CaseParcel,
    CasePolicy,
    CaseReason,
    CaseRefusal,
    CaseRemedy,
    CaseRow,
    CaseScanIn,
    CaseState,
    CaseSummary,
    CaseTerms,
    CaseView,
    GoodsNotHere,
    NewCase,
    UnitInCase,
)
from galleria.commerce.aftersales.operations import (
    accept,
    approve,
    counter,
    escalate,
    fixed,
    got,
    grant,
    hand_over,
    lapse,
    note,
    open_case,
    refuse,
    reject,
    save_policy,
    scan_in,
    send,
    ship,
    withdraw,
)
from galleria.commerce.aftersales.queries import askable, list_cases, list_mine, view, view_mine

__all__ = [
    "Askable",
    "AskedLine",
    "CaseAnswer",
    "CaseFinal",
    "CaseGoods",
    "CaseHanding",
    "CaseKind",
    "CaseMove",
    "CaseMoved",
    "CaseNote",
    "CaseParcel",
    "CasePolicy",
    "CaseReason",
    "CaseRefusal",
    "CaseRemedy",
    "CaseRow",
    "CaseScanIn",
    "CaseState",
    "CaseSummary",
    "CaseTerms",
    "CaseView",
    "GoodsNotHere",
    "NewCase",
    "UnitInCase",
    "accept",
    "approve",
    "askable",
    "counter",
    "escalate",
    "fixed",
    "got",
    "grant",
    "hand_over",
    "lapse",
    "list_cases",
    "list_mine",
    "note",
    "open_case",
    "refuse",
    "reject",
    "save_policy",
    "scan_in",
    "send",
    "ship",
    "view",
    "view_mine",
    "withdraw",
]
