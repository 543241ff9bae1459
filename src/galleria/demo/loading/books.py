"""The ledger of the demo: entries and postings as they are made, balances and lots as they end up."""

from datetime import datetime
from uuid import UUID

import msgspec

from galleria.demo.loading.sheet import Ids, Sheet
from galleria.foundation import ledger


class Lot:
    """A lot while it is being used."""

    __slots__ = ("account", "entry_id", "expires_at", "id", "opened_at", "quantity", "remaining")

    def __init__(
        self, *, lot_id: UUID, account: UUID, entry_id: UUID, quantity: int, at: datetime, until: datetime | None
    ) -> None:
        self.id = lot_id
        self.account = account
        self.entry_id = entry_id
        self.quantity = self.remaining = quantity
        self.opened_at = at
        self.expires_at = until


class Books:
    """Collects entries; `close` writes accounts and lots with what is left in them."""

    def __init__(self, sheet: Sheet, ids: Ids, group_id: UUID) -> None:
        self._sheet, self._ids, self._group_id = sheet, ids, group_id
        self._entries = sheet.table("ledger.entry", "id group_id mall_id code reference at detail")
        self._postings = sheet.table("ledger.posting", "entry_id position account_id asset amount")
        self._uses = sheet.table("ledger.lot_use", "entry_id lot_id amount")
        self._accounts: dict[tuple[ledger.AccountKind, UUID, str], ledger.AccountRef] = {}
        self._balances: dict[UUID, int] = {}
        self.lots: list[Lot] = []

    def account(self, kind: ledger.AccountKind, owner_id: UUID, asset: str) -> ledger.AccountRef:
        """Return an account, opened when it is first asked for."""
        key = (kind, owner_id, asset)
        found = self._accounts.get(key)
        if found is None:
            found = self._accounts[key] = ledger.account(kind, owner_id, asset)
        return found

    def post(
        self,
        mall_id: UUID,
        code: str,
        reference: UUID,
        at: datetime,
        postings: list[tuple[ledger.AccountRef, int]],
        detail: dict[str, str] | None = None,
    ) -> UUID:
        """Make an entry; postings of nothing are left out."""
        entry_id = self._ids.at(at)
        text = msgspec.json.encode(detail).decode() if detail else None
        self._entries.append((entry_id, self._group_id, mall_id, code, reference, at, text))
        position = 0
        for account, amount in postings:
            if amount:
                self._postings.append((entry_id, position, account.id, account.asset, amount))
                self._balances[account.id] = self._balances.get(account.id, 0) + amount
                position += 1
        return entry_id

    def open_lot(
        self, account: ledger.AccountRef, entry_id: UUID, quantity: int, at: datetime, until: datetime | None
    ) -> Lot:
        """Open a lot for what an entry brought in."""
        lot = Lot(lot_id=self._ids.at(at), account=account.id, entry_id=entry_id, quantity=quantity, at=at, until=until)
        self.lots.append(lot)
        return lot

    def use(self, entry_id: UUID, lot: Lot, amount: int) -> None:
        """Take so much out of a lot."""
        lot.remaining -= amount
        self._uses.append((entry_id, lot.id, amount))

    def close(self) -> None:
        """Write the accounts and the lots."""
        accounts = self._sheet.table("ledger.account", "id group_id kind owner_id asset guarded lotted balance")
        for account in self._accounts.values():
            balance = self._balances.get(account.id, 0) if account.guarded else 0
            accounts.append(
                (
                    account.id,
                    self._group_id,
                    account.kind.value,
                    account.owner_id,
                    account.asset,
                    account.guarded,
                    account.lotted,
                    balance,
                )
            )
        rows = self._sheet.table("ledger.lot", "id account_id entry_id quantity remaining expires_at")
        rows.extend(
            (lot.id, lot.account, lot.entry_id, lot.quantity, lot.remaining, lot.expires_at) for lot in self.lots
        )
