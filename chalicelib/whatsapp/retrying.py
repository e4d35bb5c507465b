"""The one policy of when a call of Meta that failed is made again, and after how long.

    failure                           made again    after, in seconds
    130429, 429  throughput           yes           1, 2, 4 … 60, and up to half as much more
    131056       pair limit           yes           1, 4, 16, 64 … (4 to the power of the failures)
    4, 80007     call limit           yes           what Meta's usage header says, else 60
    131057       maintenance          yes           60, 120 … 300
    no connection                     yes, twice    0.25, 0.5, and up to half as much more
    no clear answer (5xx, timeout)    a GET only,   as without connection
                                      twice
    any other                         no

Meta has no idempotency key: what may have been accepted is not repeated unless it only reads.
Source: Meta's support/error-codes and throughput, as of November 2026.
"""

from __future__ import annotations

from chalicelib.whatsapp.errors import OutcomeUnknown, Retry, Throttled, WhatsAppError

LONGEST_S = 60.0
_CONNECTIONS = 2
_CALL_LIMIT_S = 60.0
_MAINTENANCE_S, _LONGEST_MAINTENANCE_S = 60.0, 300.0
_LONGEST_PAIR_S = 4.0**6


def delay_s(
    error: WhatsAppError, failures: int, draw: float, *, is_read: bool = False
) -> float | None:
    """Return how long to wait before the call is made again; None if it must not be.

    `failures` counts this one, from 1; `draw` is a random number from 0 to 1, so that callers who
    failed together do not come back together.
    """
    if isinstance(error, Throttled):
        return _throttled_s(error, failures, draw)
    may_repeat = error.retry is Retry.SAFE or (is_read and isinstance(error, OutcomeUnknown))
    if not may_repeat or failures > _CONNECTIONS:
        return None
    return 0.25 * 2.0 ** (failures - 1) * (1 + draw / 2)


def _throttled_s(error: Throttled, failures: int, draw: float) -> float:
    if error.code == 131056:
        return min(4.0 ** (failures - 1), _LONGEST_PAIR_S)
    if error.code in {4, 80007}:
        return float(error.retry_after_s or _CALL_LIMIT_S)
    if error.code == 131057:
        return min(_MAINTENANCE_S * failures, _LONGEST_MAINTENANCE_S)
    return min(2.0 ** min(failures - 1, 10), LONGEST_S) * (1 + draw / 2)
