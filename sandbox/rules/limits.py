"""Meta's two rates for sending: per number, and per pair of number and person."""

from collections import deque

from sandbox.model import Conversation

_PAIR_INTERVAL_S = 6.0
_PAIR_BURST = 45


class SlidingSecond:
    """The messages of one number in the last second, sent and received together.

    Only `take` and `note` add to it and both drop what is older than a second first, so its length
    is the true count at every moment. Amortised constant cost.
    """

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, now: float) -> int:
        """Return how many messages the last second holds."""
        times = self._times
        while times and times[0] <= now - 1.0:
            times.popleft()
        return len(times)

    def note(self, now: float) -> int:
        """Count a message that cannot be refused (a received one); return the new count."""
        self.count(now)
        self._times.append(now)
        return len(self._times)

    def allows(self, now: float, limit: int) -> bool:
        """Tell whether one more message stays within `limit` a second."""
        return self.count(now) < limit


def pair_allows(conversation: Conversation, now: float) -> bool:
    """Tell whether the pair limit lets one more message to this person through.

    One in 6 s on average, with a burst of 45 borrowed from the future.
    """
    return conversation.pair_full_at - now <= _PAIR_INTERVAL_S * (_PAIR_BURST - 1)


def pair_take(conversation: Conversation, now: float) -> None:
    """Count an accepted message against the pair limit."""
    conversation.pair_full_at = max(conversation.pair_full_at, now) + _PAIR_INTERVAL_S
