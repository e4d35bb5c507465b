"""What befalls one message: a pure function of the seed, the person and which message it is."""

import math
from dataclasses import dataclass
from statistics import NormalDist

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
    "marketing_limit",
    "throttle",
    "pair_limit",
    "spam_limit",
    "error_before_accept",
    "error_after_accept",
    "gateway_before_accept",
    "gateway_after_accept",
    "timeout_before_accept",
    "timeout_after_accept",
    "reset_before_accept",
    "reset_after_accept",
)
_ASYNC_CODES = (131026, 131049, 131053)

# What a refusal by accident is answered with; no code means that no Graph answer comes at all.
REFUSALS = {
    "fail_sync": 131026,
    "throttle": 130429,
    "pair_limit": 131056,
    "spam_limit": 131048,
    "error_before_accept": 131000,
    "gateway_before_accept": 0,
    "timeout_before_accept": 0,
    "reset_before_accept": 0,
}
# The 99th percentile of the standard normal distribution.
_P99 = 2.3263
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Accident:
    """A fault that befalls a send: its kind, and the code that it fails with if not its usual one;
    of `fail_async` the code of the failed status.
    """

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
            if kind == "marketing_limit":
                return Accident("fail_async", 131049)
            failure = choose(_ASYNC_CODES, draw(seed, wa_id, attempt, "async code"))
            if kind in {"fail_sync", "fail_async"} and faults.fail_code:
                return Accident(kind, int(faults.fail_code))
            return Accident(kind, failure if kind == "fail_async" else 0)
    return None


def latency_s(faults: Faults, seed: int, wa_id: str, attempt: int) -> float:
    """Return the seconds after which the answer to a send comes, 0 where no latency is set.

    Log-normal, as latencies of services are: half of the answers come within `latency_median_s`,
    99 of 100 within `latency_p99_s`.
    """
    median, p99 = faults.latency_median_s, faults.latency_p99_s
    if not median or p99 <= median:
        return median
    share = draw(seed, wa_id, attempt, "latency")
    deviations = _NORMAL.inv_cdf(min(max(share, 1e-9), 1 - 1e-9))
    return median * math.exp(deviations * math.log(p99 / median) / _P99)


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
    if marketing and behaviour.experiment and share("experiment") < behaviour.experiment:
        return Fate(130472, (("failed", sent),))
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
