"""Single-use codes: how one looks, and how typing errors are told from wrong codes.

Digits and capital letters without 0, 1, I, L and O: 31 symbols, a prime, so that a check symbol over positions weighted
1, 2, 3 ... finds every single wrong symbol and every two neighbours swapped (Verhoeff, Error Detecting Decimal Codes,
1969, chapter 4; the weights differ by less than the modulus up to 30 symbols).
"""

import hmac

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
SYMBOLS = 15
"""So many secret symbols: 31 ** 15 is more than 2 ** 74."""
BASE = len(ALPHABET)
GROUP = 4


def code_of(key: bytes, prefix: str, number: int) -> str:
    """Return the code of a number, without hyphens: who does not have the key cannot tell one from another."""
    rest = int.from_bytes(hmac.digest(key, number.to_bytes(4, "big"), "sha256")[:16], "big")
    symbols = []
    for _ in range(SYMBOLS):
        rest, value = divmod(rest, BASE)
        symbols.append(ALPHABET[value])
    body = prefix + "".join(symbols)
    return body + check_symbol(body)


def check_symbol(body: str) -> str:
    """Return the symbol that makes a body a code."""
    return ALPHABET[sum(i * VALUES[symbol] for i, symbol in enumerate(body, start=1)) % BASE]


def normalised(code: str) -> str:
    """Return a code as typed by a person the way it was made: capitals, no spaces or hyphens."""
    return "".join(symbol for symbol in code.upper() if symbol.isalnum())


def is_well_formed(code: str) -> bool:
    """Return whether a normalised code may be one: known symbols, and the check symbol fits."""
    if len(code) <= SYMBOLS or any(symbol not in VALUES for symbol in code):
        return False
    return code[-1] == check_symbol(code[:-1])


def printed(code: str) -> str:
    """Return a code in groups of four from its end, as it is printed."""
    secret = code[-(SYMBOLS + 1) :]
    groups = [secret[i : i + GROUP] for i in range(0, len(secret), GROUP)]
    prefix = code[: -(SYMBOLS + 1)]
    return "-".join([prefix, *groups] if prefix else groups)


def digest_of(key: bytes, code: str) -> bytes:
    """Return what is kept of a code: a keyed hash, so that a copy of the table alone cannot even be searched."""
    return hmac.digest(key, code.encode(), "sha256")[:16]
