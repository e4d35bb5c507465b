"""Meta's limits on sending, each a pure rule over its own state: the rate of a number, of a pair of
number and person, the people of a portfolio, and a person's marketing messages.
"""

from collections import deque

from sandbox.chance import draw
from sandbox.model import TIERS, Business, Conversation

_PAIR_INTERVAL_S = 6.0
_PAIR_BURST = 45
DAY_S = 86_400.0
_MONTH_S = 30 * DAY_S
_LEAVES_250 = 2_000


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


def reached(business: Business, now: float) -> int:
    """Return how many people the portfolio wrote to outside a window in the last 24 hours."""
    people = business.reached
    while people and next(iter(people.values())) <= now - DAY_S:
        people.popitem(last=False)
    return len(people)


def limit_allows(business: Business, wa_id: str, now: float) -> bool:
    """Tell whether the messaging limit lets the portfolio write to one more person.

    Whoever was written to within 24 hours is counted already and takes no more room.
    """
    limit = TIERS[business.messaging_limit]
    return not limit or reached(business, now) < limit or wa_id in business.reached


def limit_take(business: Business, wa_id: str, now: float) -> None:
    """Count a message outside a window against the messaging limit."""
    reached(business, now)
    business.reached[wa_id] = now
    business.reached.move_to_end(wa_id)


def next_tier(business: Business) -> str:
    """Return the tier above the portfolio's own, "" above the highest."""
    names = list(TIERS)
    index = names.index(business.messaging_limit) + 1
    return names[index] if index < len(names) else ""


def has_used_half(business: Business, now: float) -> bool:
    """Tell whether at least half of the messaging limit is used; what growth asks for."""
    limit = TIERS[business.messaging_limit]
    return limit > TIERS["TIER_250"] and reached(business, now) * 2 >= limit


def note_delivered(business: Business, wa_id: str, now: float) -> bool:
    """Count a delivery; tell whether the portfolio leaves TIER_250 by it: 2,000 people in 30 days.

    Nothing is kept above that tier.
    """
    people = business.delivered
    if business.messaging_limit != "TIER_250":
        people.clear()
        return False
    people[wa_id] = now
    people.move_to_end(wa_id)
    while next(iter(people.values())) <= now - _MONTH_S:
        people.popitem(last=False)
    return len(people) >= _LEAVES_250


def takes_marketing(seed: int, wa_id: str, times: list[float], per_day: float, now: float) -> bool:
    """Tell whether a person takes one more marketing message; `times` are the earlier ones.

    Meta's cap is unpublished and differs by person: here from half to one and a half times
    `per_day` in 24 hours, by the seed, but one at least. 0 lets everything through. What is older
    than a day is dropped from `times`.
    """
    if not per_day:
        return True
    times[:] = [at for at in times if at > now - DAY_S]
    return len(times) < max(1, round(per_day * (0.5 + draw(seed, wa_id, 0, "marketing cap"))))
