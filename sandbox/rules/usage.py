"""How much of the management API an app has used: the limit per account and hour, and the headers.

Counted are calls on accounts, templates, flows and settings of numbers; sending, media, downloads
and message history are not.
"""

import json
import math
from collections import deque
from dataclasses import dataclass, field

from sandbox.errors import GraphError, known

CALL_LIMIT = 80007
_HOUR_S = 3600.0


@dataclass
class Usage:
    """The calls of the last hour, by account."""

    calls: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, waba_id: str, limit: int, now: float) -> dict[str, str]:
        """Count a call on an account and return the usage headers; raise Throttled at the limit.

        A call over the limit is not counted.
        """
        calls = self.calls.setdefault(waba_id, deque())
        while calls and calls[0] <= now - _HOUR_S:
            calls.popleft()
        if len(calls) >= limit:
            minutes = math.ceil((calls[len(calls) - limit] + _HOUR_S - now) / 60)
            raise Throttled(usage_headers(waba_id, 100, minutes))
        calls.append(now)
        return usage_headers(waba_id, math.ceil(100 * len(calls) / limit), 0)


class Throttled(GraphError):
    """80007, with the headers that say when the caller may go on."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(
            "(#80007) There have been too many calls to this WhatsApp Business account. Wait a bit "
            "and try again.",
            code=CALL_LIMIT,
            details=known(CALL_LIMIT).details,
        )
        self.headers = headers


def usage_headers(waba_id: str, percent: int, minutes: int) -> dict[str, str]:
    """Return Graph's two usage headers: percent of the limit, minutes until calls are allowed."""
    app = {"call_count": percent, "total_cputime": 0, "total_time": 0}
    account = {"type": "whatsapp", **app, "estimated_time_to_regain_access": minutes}
    return {
        "X-App-Usage": json.dumps(app, separators=(",", ":")),
        "X-Business-Use-Case-Usage": json.dumps({waba_id: [account]}, separators=(",", ":")),
    }
