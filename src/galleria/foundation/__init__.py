"""What everything else rests on: malls, people, goods, the building, the ledger."""
