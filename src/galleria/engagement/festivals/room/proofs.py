"""Proof of work by ALTCHA (version 1: SHA-256 over a salt and a number): what a bot must pay for each place.

A challenge is signed and expires, so no process remembers the ones it gave. It names the member it is for, so nobody
else can use it; a member who uses it twice is refused by the process that saw it, and by any other gets a number that
is later than the first, which is worth nothing.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any

import msgspec
from altcha import v1 as altcha

from galleria.engagement.festivals.model import Challenge
from galleria.engagement.festivals.rules import ProofWrong
from galleria.kernel.ids import FestivalId, MemberId

LIFE = timedelta(minutes=10)
REMEMBERED = 400_000


class Proof(msgspec.Struct, frozen=True):
    """A solved challenge, as ALTCHA writes it."""

    algorithm: str
    challenge: str
    number: int
    salt: str
    signature: str


class Proofs:
    """Challenges and proofs of one process."""

    def __init__(self, key: bytes) -> None:
        self._key = key.hex()
        self._used: dict[str, float] = {}

    def challenge(self, festival_id: FestivalId, member_id: MemberId, difficulty: int, now: datetime) -> Challenge:
        """Return a challenge whose answer is a number up to `difficulty`."""
        ends_at = now + LIFE
        made = altcha.create_challenge(
            altcha.ChallengeOptions(
                max_number=difficulty,
                hmac_key=self._key,
                expires=ends_at,
                params={"festival": festival_id.hex, "member": member_id.hex},
            )
        )
        return Challenge(made.algorithm, made.challenge, made.max_number, made.salt, made.signature, ends_at)

    def check(self, text: str | None, festival_id: FestivalId, member_id: MemberId, now: datetime) -> None:
        """Raise ProofWrong unless the proof is right, in time, of this member and festival, and not used before."""
        try:
            proof = _decoder.decode(base64.b64decode(text or "", validate=True))
        except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise ProofWrong from error
        if proof.signature in self._used:
            raise ProofWrong
        payload: Any = msgspec.structs.asdict(proof)
        if proof.algorithm != "SHA-256" or not altcha.verify_solution(payload, self._key, check_expires=False)[0]:
            raise ProofWrong
        said = {name: values[0] for name, values in altcha.extract_params(payload).items()}
        if said.get("festival") != festival_id.hex or said.get("member") != member_id.hex:
            raise ProofWrong
        ends = int(said.get("expires", "0"))
        if ends <= now.timestamp():
            raise ProofWrong
        self._remember(proof.signature, ends, now.timestamp())

    def _remember(self, signature: str, ends: float, now: float) -> None:
        self._used[signature] = ends
        if len(self._used) > REMEMBERED:
            self._used = {one: until for one, until in self._used.items() if until > now}
        while len(self._used) > REMEMBERED:
            del self._used[next(iter(self._used))]


_decoder = msgspec.json.Decoder(Proof)
