"""A partner's prepaid cards on loopback: balances, redemptions under authorisation numbers, reversals."""

import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from galleria.adapters.prepaid_sandbox import Account
from tests.simulators.server import Company, Reply, Request

PARTNER, SECRET = "mall-1", "s" * 32


class Prepaid(Company):
    """`cards` are balances by number; `redemptions` and `reversals` are its books by our numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, int] = {}
        self.redemptions: dict[str, dict[str, Any]] = {}
        self.reversals: dict[str, dict[str, Any]] = {}

    def account(self) -> Account:
        return Account(partner=PARTNER, secret=SECRET, gateway=self.url)

    def handle(self, request: Request) -> Reply:
        if not self._is_signed(request):
            return no(401, "signature")
        parts = request.path.strip("/").split("/")[1:]
        if parts == ["statement"]:
            return self._statement(request.query["day"])
        if parts[0] == "reversals":
            return self._reverse(request, parts)
        if parts[-1] == "void":
            made = self.redemptions.setdefault(parts[1], self._made(request.json() | {"amount_minor": 0}, "void"))
            return ok(made)
        if request.method == "GET":
            found = self.redemptions.get(parts[1])
            return no(404, "unknown") if found is None else ok(found)
        return self._redeem(request.json())

    def _is_signed(self, request: Request) -> bool:
        text = f"{request.method}\n{request.target}\n{request.headers['x-timestamp']}\n".encode() + request.body
        expected = hmac.new(SECRET.encode(), text, "sha256").hexdigest()
        return request.headers["x-partner"] == PARTNER and hmac.compare_digest(expected, request.headers["x-signature"])

    def _made(self, asked: dict[str, Any], state: str) -> dict[str, Any]:
        return {
            "number": asked["number"],
            "mall": asked["mall"],
            "authorisation": f"A{secrets.randbelow(10**12):012}",
            "amount_minor": asked["amount_minor"],
            "currency": "CNY",
            "state": state,
            "card": asked.get("card"),
            "at": datetime.now(UTC).isoformat(),
        }

    def _redeem(self, asked: dict[str, Any]) -> Reply:
        known = self.redemptions.get(asked["number"])
        if known is not None:
            return ok(known)
        if asked["card"] not in self.cards:
            return no(422, "card_unknown")
        if self.cards[asked["card"]] < asked["amount_minor"]:
            return no(402, "insufficient_balance")
        self.cards[asked["card"]] -= asked["amount_minor"]
        self.redemptions[asked["number"]] = self._made(asked, "redeemed")
        return ok(self.redemptions[asked["number"]])

    def _reverse(self, request: Request, parts: list[str]) -> Reply:
        if request.method == "GET":
            found = self.reversals.get(parts[1])
            return no(404, "unknown") if found is None else ok(found)
        asked = request.json()
        redeemed = self.redemptions.get(asked["redemption"])
        if asked["number"] in self.reversals:
            return ok(self.reversals[asked["number"]])
        back = sum(r["amount_minor"] for r in self.reversals.values() if r["redemption"] == asked["redemption"])
        if redeemed is None or back + asked["amount_minor"] > redeemed["amount_minor"]:
            return no(409, "too_much")
        self.cards[redeemed["card"]] += asked["amount_minor"]
        self.reversals[asked["number"]] = self._made(asked | {"mall": redeemed["mall"]}, "reversed") | asked
        return ok(self.reversals[asked["number"]])

    def _statement(self, day: str) -> Reply:
        books = [("payment", r) for r in self.redemptions.values() if r["state"] == "redeemed"]
        books += [("refund", r) for r in self.reversals.values()]
        return ok([r | {"kind": kind, "fee_minor": 0} for kind, r in books if r["at"].startswith(day)])


def ok(body: Any) -> Reply:
    return Reply(200, json.dumps(body).encode())


def no(status: int, code: str) -> Reply:
    return Reply(status, json.dumps({"code": code}).encode())
