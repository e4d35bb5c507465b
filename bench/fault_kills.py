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

RECIPIENTS = 900
_KILLED = ("sender", "sender", "webhook", "workers")
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
            while ready.api.get_campaign(ready.campaign_id)["state"] != "completed":
                wait()
        report = ready.api.reconcile(ready.campaign_id)
        seen = ready.sandbox.counts("p1.cmp_")
    say(f"  {done} SIGKILLs: {report['states']}, {seen}")
    return Aftermath(
        kills=done,
        duplicates=seen["duplicates"],
        unaccounted=abs(sum(report["states"].values()) - RECIPIENTS),
        ledger_differs=0 if report["reconciled"] else 1,
    )


def _kill(ready: Ready, kills: int) -> int:
    """Kill a process after the other; return how many there were."""
    chance, done = random.Random(7), 0
    while done < kills:
        time.sleep(chance.uniform(0.5, 2.0))
        name = chance.choice(_KILLED)
        pid = ready.stack.pids.get(name)
        if pid is None:
            continue  # it is being started again
        os.kill(pid, signal.SIGKILL)
        done += 1
        say(f"  {done} of {kills}: {name}")
    return done
