"""Meta with one kind of accident, which befalls each message by chance.

accident       what happens
none           nothing
refused        131026: this recipient cannot be reached
throttled      130429: the number is too fast, for now
pair           131056: too many to this recipient, for now
spam           131048: the number may not send, for now
token          190: the token is refused, until the campaign is resumed
template       132015: the template is paused, until the campaign is resumed
held           taken, and held back for half a minute before it is sent
error_before   500, and not taken
error_after    500, and taken
timeout        no answer, and taken
reset          no answer, taken or not
early          the `sent` webhook comes before the answer
failed         taken, and `failed` with 131049 later
duplicate      every webhook, and every message of a queue, comes twice
reorder        webhooks come in any order
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.deliveries import Update
from bench.virtual_time import Kernel
from chalicelib.services.callback import decode_callback
from chalicelib.whatsapp.errors import OutcomeUnknown, error_from_body
from chalicelib.whatsapp.message_sender import Accepted

_CODES = {
    "refused": 131026,
    "throttled": 130429,
    "pair": 131056,
    "spam": 131048,
    "token": 190,
    "template": 132015,
}
ACCIDENTS = (
    "none",
    *_CODES,
    "held",
    "error_before",
    "error_after",
    "timeout",
    "reset",
    "early",
    "failed",
    "duplicate",
    "reorder",
)
_CAPPED = 131049  # Meta takes no more marketing for this person now; another try may pass
_ANSWER_S = 0.02
_HELD_MS = 30_000

Post = tuple[float, int, list[Update]]


@dataclass(frozen=True, slots=True)
class Handed:
    """What Meta did with a message that it was handed: the accident, and its id if it was taken."""

    kind: str
    wamid: str | None


@dataclass(slots=True)
class Meta:
    """Takes messages, and owes webhooks of them: `posts` are due at a moment, by number."""

    kernel: Kernel
    accident: str
    chance: random.Random
    fails_first: bool = False
    is_healed: bool = False
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)  # by recipient and message
    failed: set[str] = field(default_factory=set)  # messages that it took and did not deliver
    posts: list[Post] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    hand: Callable[[Mapping[str, Any]], Handed] = field(init=False)
    _serial: int = 0

    def __post_init__(self) -> None:
        self.hand = self.handed

    async def send(self, _number: str, _token: str, payload: Mapping[str, Any]) -> Accepted:
        """Answer a sender as Meta does; what is taken is taken at once."""
        handed = self.hand(payload)
        await asyncio.sleep(_ANSWER_S)
        if handed.kind in _CODES:
            raise error_from_body(400, {"error": {"code": _CODES[handed.kind], "message": "no"}})
        if handed.kind in {"error_before", "error_after"}:
            raise error_from_body(500, {"error": {"code": 131000, "message": "no"}})
        if handed.wamid is None or handed.kind in {"timeout", "reset"}:
            raise OutcomeUnknown("no answer")
        return Accepted(handed.wamid, None, is_held=handed.kind == "held")

    def handed(self, payload: Mapping[str, Any]) -> Handed:
        """Take a message or not, as chance will have it; others act before the sender hears."""
        befallen = self.chance.random() < 0.5 and not self.is_healed
        kind = self.accident if befallen else "none"
        is_taken = kind not in _CODES and kind != "error_before"
        if kind == "reset":
            is_taken = self.chance.random() < 0.5
        wamid = self._take(payload, kind) if is_taken else None
        self.meanwhile()
        return Handed(kind, wamid)

    def _take(self, payload: Mapping[str, Any], kind: str) -> str:
        key = decode_callback(payload["biz_opaque_callback_data"])
        assert key is not None
        is_first = self.fails_first and not any(to == payload["to"] for to, _ in self.taken)
        self.taken[payload["to"], key.message_id] += 1
        self._serial += 1
        wamid = f"wamid.{self._serial:06}"
        steps = self._steps(kind, fails=is_first and self.chance.random() < 0.5)
        if "failed" in steps:
            self.failed.add(key.message_id)
        for n, step in enumerate(steps):
            error = _CAPPED if step == "failed" else None
            at_s = 1_800_000_000 + n
            callback = payload["biz_opaque_callback_data"]
            update = Update(wamid, step, at_s, callback, error_code=error)
            for _ in range(2 if self.accident == "duplicate" else 1):
                self._serial += 1
                self.posts.append((self._due_ms(kind, n), self._serial, [update]))
        return wamid

    def _steps(self, kind: str, *, fails: bool) -> tuple[str, ...]:
        """Return the statuses of a message; the last but one comes again."""
        if kind == "failed" or fails:
            return ("sent", "failed", "failed")
        steps = ("sent", "delivered", "read")
        return (*steps[: self.chance.randint(1, 3)], "delivered")

    def _due_ms(self, kind: str, nth: int) -> float:
        if self.accident == "reorder":
            return self.kernel.now + self.chance.uniform(50, 2_000)
        if kind == "early" and nth == 0:
            return self.kernel.now
        return self.kernel.now + (_HELD_MS if kind == "held" else 0) + 100 * (nth + 1)

    def next_post(self) -> Post | None:
        """Return the webhook that is due next; it is owed until `posts` is without it."""
        self.posts.sort(key=lambda post: post[:2])
        return self.posts[0] if self.posts else None

    def duplicates(self) -> int:
        """Return how many messages too many people got: a retry may follow what failed."""
        again = sum(count - 1 for count in self.taken.values())
        people: dict[str, list[str]] = {}
        for to, message_id in self.taken:
            people.setdefault(to, []).append(message_id)
        for own in people.values():
            again += max(0, sum(one not in self.failed for one in own) - 1)
        return again
