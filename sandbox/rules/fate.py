"""What befalls one message: a pure function of the seed, the person and which message it is."""

from dataclasses import dataclass

from sandbox.chance import between, choose, draw
from sandbox.settings import Behaviour, Faults

# How `fail` spreads: a refusal, three failures after acceptance, a throttle, and both kinds of 500.
_FAIL_MODES = (
    "fail_sync",
    "fail_async:131026",
    "fail_async:131049",
    "fail_async:131053",
    "throttle",
    "error_before_accept",
    "error_after_accept",
)
_ALONE = (
    "fail_sync",
    "fail_async",
    "throttle",
    "error_before_accept",
    "error_after_accept",
    "timeout_after_accept",
)
_ASYNC_CODES = (131026, 131049, 131053)


@dataclass(frozen=True)
class Accident:
    """A fault that befalls a send: its kind, and for `fail_async` the code of the failed status."""

    kind: str
    code: int = 0


def accident(faults: Faults, seed: int, wa_id: str, attempt: int) -> Accident | None:
    """Return the fault of the person's `attempt`-th send, None for none."""
    if faults.fail and draw(seed, wa_id, attempt, "fail") < faults.fail:
        mode = choose(_FAIL_MODES, draw(seed, wa_id, attempt, "fail mode"))
        kind, _, code = mode.partition(":")
        return Accident(kind, int(code or 0))
    for kind in _ALONE:
        share = getattr(faults, kind)
        if share and draw(seed, wa_id, attempt, kind) < share:
            failure = choose(_ASYNC_CODES, draw(seed, wa_id, attempt, "async code"))
            return Accident(kind, failure if kind == "fail_async" else 0)
    return None


@dataclass(frozen=True)
class Fate:
    """What happens to an accepted message: each status, seconds after acceptance, or an error."""

    error_code: int
    steps: tuple[tuple[str, float], ...]
    answer_after: float | None = None


def fate(
    behaviour: Behaviour,
    seed: int,
    wa_id: str,
    nth: int,
    *,
    marketing: bool,
    reachable: bool,
    only_sent: bool = False,
) -> Fate:
    """Return the fate of the person's `nth` accepted message.

    Being undeliverable is a person's lot, not a message's; who has written is reachable for
    certain. Answering implies reading, reading implies delivery.
    """

    def share(purpose: str) -> float:
        return draw(seed, wa_id, nth, purpose)

    sent = between(behaviour.sent_from_s, behaviour.sent_to_s, share("sent"))
    if not reachable and draw(seed, wa_id, 0, "undeliverable") < behaviour.undeliverable:
        return Fate(131026, (("failed", sent),))
    if marketing and share("capped") < behaviour.capped:
        return Fate(131049, (("failed", sent),))
    if only_sent:
        return Fate(0, (("sent", sent),))
    delivered = max(
        sent, between(behaviour.delivered_from_s, behaviour.delivered_to_s, share("delivered"))
    )
    interest = share("interest")
    if interest >= max(behaviour.read, behaviour.answer):
        return Fate(0, (("sent", sent), ("delivered", delivered)))
    read = delivered + between(behaviour.read_from_s, behaviour.read_to_s, share("read"))
    steps = (("sent", sent), ("delivered", delivered), ("read", read))
    if interest >= behaviour.answer:
        return Fate(0, steps)
    pause = between(behaviour.answer_from_s, behaviour.answer_to_s, share("answer"))
    return Fate(0, steps, read + pause)
