"""How much more a caller may ask, as the wrapper tells it in headers.

Source of the headers: IETF draft-ietf-httpapi-ratelimit-headers-06.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.context import TenantContext


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of one limit: `remaining` of `limit` in a window that ends in `reset_s`."""

    limit: int
    window_s: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Return the four RateLimit headers."""
        return {
            "RateLimit-Policy": f"{self.limit};w={self.window_s}",
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.remaining, 0)),
            "RateLimit-Reset": str(max(self.reset_s, 1)),
        }


class Limiter(Protocol):
    """Counts requests. Each returns the scarcest of what was counted; `remaining` below 0 says that
    this request is one too many. None where the counters cannot be reached: a limit protects, and
    is no reason to stand still.
    """

    def of_address(self, address: str) -> Standing | None:
        """Count a request of somebody who is not signed in."""
        ...

    def of_actor(self, ctx: TenantContext) -> Standing | None:
        """Count a request of a user or key, and of their tenant."""
        ...
