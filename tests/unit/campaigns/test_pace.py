"""The pace of a number: whatever the network does, Meta never counts more than it allows."""

from __future__ import annotations

import heapq

from hypothesis import given, settings, strategies as st

from chalicelib.services.campaigns.pace import HEADROOM, Pace
from chalicelib.storage.pacing import Slot
from sandbox.rules.limits import SlidingSecond


def sent(pace: Pace, trips_ms: list[tuple[int, int]], count: int) -> list[float]:
    """Send `count` messages, whose ways there and back take what `trips_ms` says in turn; return
    when Meta counted each.
    """
    now = 0.0
    arrivals: list[float] = []
    flying: list[tuple[float, float]] = []
    for n in range(count):
        while True:
            while flying and flying[0][0] <= now:
                back, left = heapq.heappop(flying)
                pace.answered(left, back)
            wait = pace.take(now)
            if wait == 0:
                break
            now += wait
        there, back = trips_ms[n % len(trips_ms)]
        arrivals.append(now + there)
        heapq.heappush(flying, (now + there + back, now))
    return sorted(arrivals)


def peak(arrivals: list[float]) -> int:
    """Return the most that the sandbox would count in a second."""
    window = SlidingSecond()
    return max(window.note(at / 1000) for at in arrivals)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(20, 400), st.integers(20, 400)), min_size=1, max_size=40),
    st.sampled_from([20, 80, 1000]),
)
def test_meta_never_counts_more_than_it_allows(
    trips_ms: list[tuple[int, int]], rate_per_s: int
) -> None:
    """Ways that stall and then let everything through at once do not make a window overflow."""
    arrivals = sent(Pace(rate_per_s), [(20, 20), *trips_ms], rate_per_s * 3)
    assert peak(arrivals) <= rate_per_s


def test_a_steady_network_lets_a_campaign_use_its_share() -> None:
    """With even latency the rate is what is left for campaigns, or more."""
    arrivals = sent(Pace(80), [(30, 30)], 800)
    rate = (len(arrivals) - 1) * 1000 / (arrivals[-1] - arrivals[0])
    assert 80 * HEADROOM <= rate <= 80


def test_the_inbox_comes_off_first() -> None:
    """What the inbox takes makes slots longer and messages rarer."""
    pace = Pace(80)
    quiet_ms = pace.duration_ms(80)
    pace.note_slot(Slot(0, quiet_ms, 8.0))
    assert quiet_ms * 1.1 < pace.duration_ms(80) < quiet_ms * 1.12
    pace.note_slot(Slot(0, quiet_ms, 500.0))
    assert pace.campaign_per_s == 8


def test_who_is_late_does_not_hurry() -> None:
    """After a stall messages leave at the usual intervals, not in a burst."""
    pace = Pace(80)
    assert pace.take(0) == 0
    assert pace.take(5_000) == 0
    assert pace.take(5_000) > 5


def test_a_refusal_for_speed_holds_the_number_once() -> None:
    """Of many refusals at once only the first is news, and nothing leaves while it holds."""
    pace = Pace(80)
    assert pace.hold(1_000)
    assert not pace.hold(1_010)
    assert pace.take(500) > 0
    assert pace.take(1_010) == 0


def test_a_slot_of_another_process_is_not_overrun() -> None:
    """A sender may go on beyond its slot only where what follows is its own process's."""
    pace = Pace(80)
    first, second = Slot(0, 1_000, 0.0), Slot(1_000, 2_000, 0.0)
    pace.note_slot(first)
    assert pace.is_over(first, 1_100)
    pace.note_slot(second)
    assert not pace.is_over(first, 1_100)
