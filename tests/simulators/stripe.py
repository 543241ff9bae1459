"""Stripe on loopback: form requests with idempotency keys, signed events, a balance."""

import hmac
import json
import secrets
import time
from typing import Any

from galleria.adapters.payments_stripe import Account
from tests.simulators.server import Company, Reply, Request

KEY, SECRET = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "whsec_test"


class Stripe(Company):
    """`sessions` and `refunds` are its books, by its own ids; `keys` are answers given once and for all."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.movements: list[dict[str, Any]] = []
        self.keys: dict[str, tuple[bytes, Reply]] = {}
        self.refunds_end = "succeeded"
        self.page_size = 2

    def account(self) -> Account:
        return Account(secret_key=KEY, webhook_secret=SECRET, origin="https://mall.example", gateway=self.url)

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return problem(401, "invalid_api_key")
        key = request.headers.get("idempotency-key")
        if key in self.keys:
            body, reply = self.keys[str(key)]
            return reply if body == request.body else problem(400, "idempotency_error")
        reply = self._do(request)
        if key is not None:
            self.keys[key] = (request.body, reply)
        return reply

    def _do(self, request: Request) -> Reply:
        parts = request.path.strip("/").split("/")
        if parts[:3] == ["v1", "checkout", "sessions"]:
            return self._session(request, parts[3:])
        if parts == ["v1", "refunds"]:
            return self._refund(request) if request.method == "POST" else self._list_refunds(request)
        return self._list_movements(request)

    def _session(self, request: Request, rest: list[str]) -> Reply:
        if not rest:
            form = request.form()
            session = {
                "id": f"cs_test_{secrets.token_hex(12)}",
                "object": "checkout.session",
                "status": "open",
                "payment_status": "unpaid",
                "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
                "currency": form["line_items[0][price_data][currency]"],
                "payment_intent": None,
                "client_reference_id": form["client_reference_id"],
                "metadata": {name: form[f"metadata[{name}]"] for name in ("mall_id", "attempt_id")},
            }
            session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}"
            self.sessions[session["id"]] = session
            return ok(session)
        session = self.sessions.get(rest[0])
        if session is None:
            return problem(404, "resource_missing")
        if rest[1:] == ["expire"]:
            if session["status"] != "open":
                return problem(400, "checkout_session_not_open")
            session |= {"status": "expired", "url": None}
        return ok(session)

    def pay(self, session_id: str) -> dict[str, Any]:
        session = self.sessions[session_id]
        intent = f"pi_{secrets.token_hex(12)}"
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent, "url": None}
        self._move("charge", session["amount_total"], session["currency"], session["metadata"], fee=30)
        return session

    def _move(self, kind: str, amount: int, currency: str, metadata: dict[str, str], *, fee: int) -> None:
        self.movements.insert(
            0,
            {
                "id": f"txn_{secrets.token_hex(12)}",
                "type": kind,
                "amount": amount,
                "fee": fee,
                "currency": currency,
                "created": int(time.time()),
                "source": {"id": f"ch_{secrets.token_hex(12)}", "metadata": metadata},
            },
        )

    def _refund(self, request: Request) -> Reply:
        form = request.form()
        paid = [s for s in self.sessions.values() if s["payment_intent"] == form["payment_intent"]]
        known = [r for r in self.refunds.values() if r["payment_intent"] == form["payment_intent"]]
        if not paid or sum(r["amount"] for r in known) + int(form["amount"]) > paid[0]["amount_total"]:
            return problem(400, "charge_already_refunded")
        refund = {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "status": self.refunds_end,
            "amount": int(form["amount"]),
            "payment_intent": form["payment_intent"],
            "metadata": {name: form[f"metadata[{name}]"] for name in ("mall_id", "refund_id")},
        }
        self.refunds[refund["id"]] = refund
        self._move("refund", -refund["amount"], paid[0]["currency"], refund["metadata"], fee=0)
        return ok(refund)

    def _list_refunds(self, request: Request) -> Reply:
        wanted = request.query["payment_intent"]
        return ok({"data": [r for r in self.refunds.values() if r["payment_intent"] == wanted], "has_more": False})

    def _list_movements(self, request: Request) -> Reply:
        since, until = int(request.query["created[gte]"]), int(request.query["created[lt]"])
        rows = [m for m in self.movements if since <= m["created"] < until]
        after = request.query.get("starting_after")
        start = 0 if after is None else [m["id"] for m in rows].index(after) + 1
        page = rows[start : start + self.page_size]
        return ok({"data": page, "has_more": start + self.page_size < len(rows)})

    def event(self, kind: str, what: dict[str, Any], *, at: float | None = None) -> tuple[dict[str, str], bytes]:
        """Return headers and body of an event about something."""
        told = {"id": f"evt_{what['id']}_{kind}", "object": "event", "type": kind, "data": {"object": what}}
        body = json.dumps(told).encode()
        return {"stripe-signature": self.signature(body, at=at)}, body

    def signature(self, body: bytes, *, at: float | None = None, secret: str = SECRET) -> str:
        stamp = str(int(time.time() if at is None else at))
        return f"t={stamp},v1={hmac.new(secret.encode(), f'{stamp}.'.encode() + body, 'sha256').hexdigest()}"


def ok(body: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(body).encode())


def problem(status: int, code: str) -> Reply:
    return Reply(
        status, json.dumps({"error": {"type": "invalid_request_error", "code": code, "message": code}}).encode()
    )
