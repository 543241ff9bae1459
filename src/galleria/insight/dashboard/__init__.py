"""The operator's picture: today's figures live, days, rankings, the records behind every figure, and the audit trail.

Owns no table; reads every schema and writes none. Days are business days of the mall's own time zone. What is shown
lies within the asker's reach: the whole mall, or some merchants' shops.

Invariant: the amounts of the records behind a figure sum to the figure. Emits and hears no events; its screens move by
the notices of `mall:<id>` and ask again.
"""

from galleria.insight.dashboard.model import (
    AuditDetail,
    AuditRow,
    DayFigures,
    Days,
    Figure,
    FigureRow,
    FigureToday,
    Today,
    Unit,
)
from galleria.insight.dashboard.queries import audit, audit_detail, days, rows, span, today

__all__ = [
    "AuditDetail",
    "AuditRow",
    "DayFigures",
    "Days",
    "Figure",
    "FigureRow",
    "FigureToday",
    "Today",
    "Unit",
    "audit",
    "audit_detail",
    "days",
    "rows",
    "span",
    "today",
]
