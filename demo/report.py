"""The end of the demo: do ledger and sandbox agree person by person, and the report in words.

Pure: everything here is computed from what was fetched, so that it can be tested without a stack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.sandbox import Accepted, Counts
from demo.shapes import Recipient, Report

# Meta took these, says the ledger.
TAKEN = ("accepted", "held", "sent", "delivered", "read")
# Meta never saw these, says the ledger.
NOT_SENT = ("queued", "skipped", "claimed")

_BAR = 36
_WHY_SKIPPED = {
    "opted_out": "opted out",
    "no_phone": "no phone number",
    "duplicate": "same person twice",
    "missing_variable": "a variable has no value",
    "cancelled": "campaign cancelled",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What both sides say of a campaign that has ended."""

    report: Report
    recipients: Sequence[Recipient]
    counts: Counts
    accepted: Sequence[Accepted]
    completed_at: str | None


def disagreements(facts: Facts) -> list[str]:
    """Return in words what does not add up; an empty list means reconciled.

    Three things are compared: the states with the audience, the states with the rows of every
    recipient, and each row with the sandbox's own log of the messages that it took.
    """
    return [*_sums(facts), *_repeats(facts), *_rows_against_log(facts)]


def _sums(facts: Facts) -> Iterable[str]:
    report = facts.report
    total = sum(report["states"].values())
    if total != report["audience"]:
        yield f"the states add up to {total}, the audience is {report['audience']}"
    if not report["reconciled"]:
        yield "Parley's own recount does not add up to the audience"
    rows = Counter(recipient["state"] for recipient in facts.recipients)
    for state in sorted({*rows, *report["states"]}):
        if rows[state] != report["states"].get(state, 0):
            counted = report["states"].get(state, 0)
            yield f"the report counts {counted} {state}, the rows of the recipients {rows[state]}"


def _repeats(facts: Facts) -> Iterable[str]:
    if facts.counts["duplicates"]:
        yield f"{facts.counts['duplicates']} messages went to people who had one already"
    contacts = Counter(recipient["contact_id"] for recipient in facts.recipients)
    for contact, times in contacts.items():
        if times > 1:
            yield f"{contact} is {times} times in the ledger"


def _rows_against_log(facts: Facts) -> Iterable[str]:
    log = {_message_id(message): message for message in facts.accepted}
    if len(log) != facts.counts["accepted"]:
        yield f"the sandbox counts {facts.counts['accepted']} messages and lists {len(log)}"
    rows = {r["message_id"]: r for r in facts.recipients if r["message_id"]}
    for message_id in log.keys() - rows.keys():
        yield f"the sandbox took {message_id}, which is not in the ledger"
    for message_id, row in rows.items():
        said = _contradiction(row, log.get(message_id or ""))
        if said:
            yield f"{message_id} is {row['state']} in the ledger, but {said}"


def _contradiction(row: Recipient, message: Accepted | None) -> str | None:
    """Return what the sandbox says against a row, if anything; `unknown` is never contradicted."""
    state = row["state"]
    if message is None:
        is_claimed_taken = state in TAKEN or (state == "failed" and row["accepted_at"] is not None)
        return "the sandbox never took it" if is_claimed_taken else None
    if state in NOT_SENT:
        return "the sandbox took it"
    if state == "failed" and message["status"] != "failed":
        return f"it is {message['status']} at the sandbox"
    return None


def _message_id(message: Accepted) -> str:
    """Return our id of a message, from `p1.<campaign>.<tenant>.<contact>.<message>.<signature>`."""
    parts = message["callback_data"].split(".")
    return parts[4] if len(parts) > 4 else message["callback_data"]


def taken_by_ledger(recipients: Iterable[Recipient]) -> int:
    """Return how many Meta took, as the ledger knows: on their way, or failed after acceptance."""
    return sum(
        r["state"] in TAKEN or (r["state"] == "failed" and r["accepted_at"] is not None)
        for r in recipients
    )


def elapsed_s(facts: Facts) -> float:
    """Return the seconds from launch to completion."""
    return _between(facts.report["launched_at"], facts.completed_at)


def rate_per_s(facts: Facts) -> float:
    """Return the messages that Meta took a second, from launch to the last one sent."""
    sending = _between(facts.report["launched_at"], facts.report["sending_finished_at"])
    return round(facts.counts["accepted"] / sending, 1) if sending else 0.0


def _between(start: str | None, end: str | None) -> float:
    if start is None or end is None:
        return 0.0
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    return round(seconds, 1)


def summary(facts: Facts) -> dict[str, Any]:
    """Return what `.local/report.json` holds."""
    return {
        "audience": facts.report["audience"],
        "states": facts.report["states"],
        "skipped": facts.report["skipped"],
        "sandbox": {
            "accepted": facts.counts["accepted"],
            "unique_recipients": facts.counts["unique_recipients"],
            "duplicates": facts.counts["duplicates"],
        },
        "reconciled": not disagreements(facts),
        "elapsed_s": elapsed_s(facts),
        "rate_per_s": rate_per_s(facts),
    }


def render(facts: Facts) -> list[str]:
    """Return the report as lines of text; those that end in a colon are headings."""
    report, counts = facts.report, facts.counts
    states = {state: count for state, count in report["states"].items() if count}
    lines = ["The campaign, from audience to answer:", *_funnel(facts), ""]
    lines += ["Where everybody is now:", *_table(states), "  " + "─" * 28]
    lines += [_row("audience", sum(states.values()))]
    if report["skipped"]:
        named = {_WHY_SKIPPED.get(why, why): n for why, n in report["skipped"].items()}
        lines += ["", "Skipped, and why:", *_table(named)]
    if report["failed"]:
        codes = {f"{f['code'] or ''} {f['title']}".strip(): f["count"] for f in report["failed"]}
        lines += ["", "Failed, and what Meta said:", *_table(codes)]
    lines += ["", "The ledger against what the sandbox itself counted:", *_comparison(facts)]
    lines += [
        "",
        f"  {elapsed_s(facts):g} s from launch to the end, {rate_per_s(facts):g} messages a second",
    ]
    wrong = disagreements(facts)
    if wrong:
        more = [f"  … and {len(wrong) - 10} more"] if len(wrong) > 10 else []
        return [*lines, "", "NOT reconciled:", *(f"  {line}" for line in wrong[:10]), *more]
    people = f"{counts['unique_recipients']:,}"
    return [
        *lines,
        "",
        f"Reconciled: {people} people messaged, nobody twice, everybody accounted for.",
    ]


def _funnel(facts: Facts) -> list[str]:
    states: Mapping[str, int] = facts.report["states"]
    read = states.get("read", 0)
    steps = {
        "audience": facts.report["audience"],
        "taken by Meta": taken_by_ledger(facts.recipients),
        "delivered": states.get("delivered", 0) + read,
        "read": read,
        "answered": facts.report["answered"],
    }
    whole = max(facts.report["audience"], 1)
    return [
        f"{_row(name, count)}  {_bar(count / whole)} {count / whole:4.0%}"
        for name, count in steps.items()
    ]


def _comparison(facts: Facts) -> list[str]:
    unknown = facts.report["states"].get("unknown", 0)
    ledger = f"{taken_by_ledger(facts.recipients):,}" + (f" + {unknown} unknown" if unknown else "")
    counts = facts.counts
    return [
        f"  {'':26}{'ledger':>20}{'sandbox':>12}",
        f"  {'messages that Meta took':26}{ledger:>20}{counts['accepted']:>12,}",
        f"  {'people who got one':26}{'':>20}{counts['unique_recipients']:>12,}",
        f"  {'sent to the same person':26}{'':>20}{counts['duplicates']:>12,}",
    ]


def _bar(share: float) -> str:
    filled = round(min(share, 1.0) * _BAR)
    return "█" * filled + "░" * (_BAR - filled)


def _table(counts: Mapping[str, int]) -> list[str]:
    width = max(map(len, counts), default=0)
    return [_row(name, n, width) for name, n in sorted(counts.items(), key=lambda c: -c[1])]


def _row(name: str, count: int, width: int = 0) -> str:
    return f"  {name:{max(width, 20)}}{count:>8,}"
