"""The local stack, whole: API, planner, queues, sender, webhook, and the sandbox as Meta, on one
machine. 2,400 contacts are imported, a campaign to all of them is launched, and the sandbox's own
log of what it accepted is read.

`rate_per_s` is over the steady part, the messages from the first tenth to the last;
`peak_in_1s` the most that any one-second window of the log holds, and the most that the sandbox
counted while it ran, whichever is more; `refused_130429` how many sends the sandbox refused as too
fast. Nobody answers, so that the number's rate is the campaign's alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from bench.bar import Bar, Bench, Figures, note, say
from bench.stack import Ready, patience, ready_campaign

RECIPIENTS = 2_400
_EDGE = 0.1


def run() -> Figures:
    """Send the campaign and read what the sandbox saw."""
    environment = {"SANDBOX_BEHAVIOUR": "answer=0,undeliverable=0,capped=0"}
    with ready_campaign(RECIPIENTS, environment) as ready:
        ready.api.change_campaign(ready.campaign_id, "launch")
        _until_sent(ready)
        times = _accepted_at(ready)
        counts = ready.control.get("/sandbox/counts").json()
    note(picture(times))
    return {
        "rate_per_s": steady_rate(times),
        "peak_in_1s": max(peak(times), counts["peak_in_1s"]),
        "refused_130429": counts["refused"].get("130429", 0),
        "duplicates": counts["duplicates"],
        "accepted": counts["accepted"],
    }


def _until_sent(ready: Ready) -> None:
    with patience("the campaign") as wait:
        told = 0
        while (sent := ready.sandbox.counts("p1.")["accepted"]) < RECIPIENTS:
            if sent // 400 > told:
                told = sent // 400
                say(f"  {sent} of {RECIPIENTS} accepted")
            wait()


def _accepted_at(ready: Ready) -> list[float]:
    times: list[float] = []
    params = {"limit": "1000"}
    while True:
        page = ready.control.get("/sandbox/messages", params=params).json()
        times += [message["accepted_at"] for message in page["items"]]
        if not page["next_cursor"]:
            return sorted(times)
        params["after"] = page["next_cursor"]


def steady_rate(times: Sequence[float]) -> float:
    """Return messages a second between the first and the last tenth of them."""
    edge = round(len(times) * _EDGE)
    first, last = times[edge], times[len(times) - 1 - edge]
    return round((len(times) - 1 - 2 * edge) / (last - first), 2)


def picture(times: Sequence[float]) -> str:
    """Return how many were accepted in each second from the first on, as bars."""
    seconds = Counter(int(at - times[0]) for at in times)
    lines = ["second  accepted"]
    for second in range(max(seconds) + 1):
        count = seconds[second]
        lines.append(f"{second:6}  {count:8}  {'#' * round(count / 2)}")
    return "\n".join(lines)


def peak(times: Sequence[float]) -> int:
    """Return the most messages in any window of one second, its end included, its start not."""
    window: deque[float] = deque()
    most = 0
    for at in times:
        window.append(at)
        while window[0] <= at - 1.0:
            window.popleft()
        most = max(most, len(window))
    return most


BENCH = Bench(
    "cap",
    "Does a campaign use what Meta allows a number of 80 messages a second, and no more?",
    (
        Bar("rate_per_s", ">=", 76),
        Bar("peak_in_1s", "<=", 80),
        Bar("refused_130429", "==", 0),
        Bar("duplicates", "==", 0),
    ),
    run,
)
