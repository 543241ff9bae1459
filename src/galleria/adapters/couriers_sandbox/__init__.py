"""Two courier companies of our own invention, for demos and tests; they disagree about everything but the goods.

KuaiSong speaks signed forms and numbers, Swift speaks REST and words. Each has an adapter that could reach it over
HTTP, and a desk that takes requests in. They keep their own books (`sandbox.courier_order`), which nothing else reads,
move their orders on by the clock, and tell of it by signed notices. What goes wrong is chosen by the receiver's phone.
"""

from galleria.adapters.couriers_sandbox.desks import NumbersDesk, WordsDesk
from galleria.adapters.couriers_sandbox.house import House
from galleria.adapters.couriers_sandbox.kuaisong import KuaiSong
from galleria.adapters.couriers_sandbox.swift import Swift
from galleria.adapters.couriers_sandbox.wire import AcrossTheRoom, HttpWire
from galleria.commerce.couriers import Companies
from galleria.platform.auth.tokens import Signer
from galleria.platform.db import Database

__all__ = ["AcrossTheRoom", "House", "HttpWire", "KuaiSong", "NumbersDesk", "Swift", "WordsDesk", "companies", "house"]


def house(db: Database, signer: Signer) -> House:
    """Return the companies themselves, with the keys they share with us."""
    names = ("kuaisong", "swift")
    return House(db, {name: signer.key(f"couriers-sandbox-{name}") for name in names})


def companies(db: Database, signer: Signer) -> Companies:
    """Return adapters of both, each across the room from its company."""
    books, token = house(db, signer), signer.key("couriers-sandbox-token").hex()
    return Companies(
        KuaiSong(AcrossTheRoom(NumbersDesk(books)), books.keys["kuaisong"]),
        Swift(AcrossTheRoom(WordsDesk(books, token)), books.keys["swift"], token),
    )
