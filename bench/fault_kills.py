"""Real SIGKILLs of the local stack's processes in the middle of a campaign.

The kernel kills the sender's, the webhook's and the planner's process at moments that a seed
chooses, while the stack starts them again, and the campaign goes to its end all the same.
"""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass

from bench.bar import say
from bench.stack import Ready, patience, ready_campaign

RECIPIENTS = 3_600
_KILLED = ("sender", "webhook", "workers")
_APART_S = 8.0  # five deaths within 30 seconds, and a process is left down
_TELL_S = 10.0
_TAKEN = ("accepted", "held", "sent", "delivered", "read", "failed")  # Meta refuses nobody here
_ENVIRONMENT = {
    "SANDBOX_BEHAVIOUR": "answer=0",
    "CONSUMER_VISIBILITY_S": "5",
    "SETTLE_TIMEOUT_S": "20",
}


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the kills did to a campaign."""

    kills: int
    duplicates: int
    unaccounted: int
    ledger_differs: int


def kill_for_real(kills: int) -> Aftermath:
    """Send a campaign on a stack whose processes are killed so many times."""
    say(f"  SIGKILLs of a local stack's processes while it sends to {RECIPIENTS}")
    with ready_campaign(RECIPIENTS, _ENVIRONMENT) as ready:
        ready.api.change_campaign(ready.campaign_id, "launch")
        done = _kill(ready, kills)
        with patience("the campaign whose processes were killed") as wait:
            said_at = time.monotonic()
            while (campaign := ready.api.get_campaign(ready.campaign_id))["state"] != "completed":
                wait()
                if time.monotonic() - said_at > _TELL_S:
                    said_at = time.monotonic()
                    say(f"  {campaign['state']} {campaign['states']}")
        report = ready.api.reconcile(ready.campaign_id)
        seen = ready.sandbox.counts("p1.cmp_")
    say(f"  {done} SIGKILLs: {report['states']}, {seen}")
    states = report["states"]
    told = sum(states[one] for one in _TAKEN)
    return Aftermath(
        kills=done,
        duplicates=seen["duplicates"],
        unaccounted=abs(sum(states.values()) - RECIPIENTS) + abs(told - seen["accepted"]),
        ledger_differs=0 if report["reconciled"] else 1,
    )


def _kill(ready: Ready, kills: int) -> int:
    """Kill a process after the other while the campaign is sent; return how many there were.

    Each after somebody was sent to since the last one, and none so often that the stack gives up.
    """
    chance, done, seen = random.Random(7), 0, 0
    killed_at = dict.fromkeys(_KILLED, 0.0)
    with patience(f"the campaign to be killed {kills} times") as wait:
        while done < kills:
            wait()
            if ready.api.get_campaign(ready.campaign_id)["state"] not in {"planning", "running"}:
                break
            accepted = ready.sandbox.counts("p1.")["accepted"]
            due = [one for one in _KILLED if time.monotonic() > killed_at[one] + _APART_S]
            if accepted == seen or not due:
                continue
            time.sleep(chance.uniform(0.0, 1.0))
            name = chance.choice(due)
            pid = ready.stack.pids.get(name)
            if pid is None or not _kill_one(pid):
                continue  # it is being started again
            killed_at[name] = time.monotonic()
            done, seen = done + 1, accepted
            say(f"  {done} of {kills}: {name}, with {accepted} accepted")
    return done


def _kill_one(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
