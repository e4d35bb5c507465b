"""The sandbox's start: its fixture, its behaviour and its faults, from the environment.

Shares are between 0 and 1, times in seconds. A wrong name or value is a `SettingError` whose text
says what is allowed; the command line turns it into exit code 2, the control API into 422.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from .error_codes import KNOWN
from .model import TIERS


class SettingError(ValueError):
    """A behaviour, fault or fixture value that cannot be used; the text says what can."""


@dataclass(frozen=True)
class Fixture:
    """The accounts that exist at the start. Values are Meta's shapes, not Meta's."""

    app_id: str = "100000000000001"
    app_secret: str = "sandbox-app-secret"  # noqa: S105 (a simulator's own)
    access_token: str = "EAAsandboxaccesstoken"  # noqa: S105 (as above)
    business_id: str = "400000000000001"
    waba_id: str = "200000000000001"
    phone_number_id: str = "300000000000001"
    display_phone_number: str = "+1 555 010 0001"
    throughput: str = "STANDARD"
    messaging_limit: str = "TIER_UNLIMITED"


@dataclass(frozen=True)
class Behaviour:
    """What people and Meta do when nothing goes wrong.

    `undeliverable` is a share of people (131026), `capped` of marketing messages (131049), `answer`
    of messages, all of which are also read. `brazil_wa_id` 1 drops the ninth digit as Meta does for
    some areas. `marketing_per_day` is about how many marketing messages a person takes in 24 hours
    from all businesses together (131049 beyond; 0: any number); `experiment` a share of marketing
    messages (130472). `pacing_first` messages of a new template go out before the rest is held
    (0: none is), for `pacing_release_s`; a share `pacing_pause` of held templates ends paused.
    `messaging_limit_sync` 1 refuses beyond the messaging limit at once instead of failing later;
    `mix` 1 puts messages and statuses of a number into one value.
    """

    read: float = 0.6
    answer: float = 0.04
    undeliverable: float = 0.015
    capped: float = 0.005
    experiment: float = 0.0
    marketing_per_day: float = 20.0
    messaging_limit_sync: float = 0.0
    brazil_wa_id: float = 0.0
    pacing_first: float = 0.0
    pacing_release_s: float = 30.0
    pacing_pause: float = 0.0
    tier_growth_s: float = 21_600.0
    throughput_upgrade_s: float = 60.0
    throughput_upgrade_users: float = 100_000.0
    mix: float = 0.0
    sent_from_s: float = 0.03
    sent_to_s: float = 0.15
    delivered_from_s: float = 0.2
    delivered_to_s: float = 1.0
    read_from_s: float = 0.5
    read_to_s: float = 3.0
    answer_from_s: float = 0.5
    answer_to_s: float = 2.0
    review_s: float = 1.0
    ads_sync_s: float = 1.0
    management_calls: float = 200.0
    management_calls_active: float = 5000.0
    templates_per_hour: float = 100.0
    linger_s: float = 0.05
    batch: float = 100.0
    concurrency: float = 8.0
    webhook_timeout_s: float = 10.0
    retry_s: float = 0.2
    retry_cap_s: float = 10.0
    retry_for_s: float = 604_800.0


@dataclass(frozen=True)
class Faults:
    """Accidents, all off at the start. Those that are no time are a share of what they befall.

    `fail` spreads over refusals, failures after acceptance, and errors before and after acceptance;
    those up to `reset_after_accept` make one kind alone. `hold` and `never_delivered` befall
    accepted messages, `latency_*` every answer to a send, `tokens_refused_at` every call from that
    instant on. `fail_code` is what `fail_sync` and `fail_async` fail with in place of their own
    codes, if it is not 0. The others befall webhooks.
    """

    fail: float = 0.0
    fail_sync: float = 0.0
    fail_async: float = 0.0
    fail_code: float = 0
    marketing_limit: float = 0.0
    throttle: float = 0.0
    pair_limit: float = 0.0
    spam_limit: float = 0.0
    error_before_accept: float = 0.0
    error_after_accept: float = 0.0
    gateway_before_accept: float = 0.0
    gateway_after_accept: float = 0.0
    timeout_before_accept: float = 0.0
    timeout_after_accept: float = 0.0
    reset_before_accept: float = 0.0
    reset_after_accept: float = 0.0
    hold: float = 0.0
    hold_fails: float = 0.0
    hold_s: float = 5.0
    never_delivered: float = 0.0
    latency_median_s: float = 0.0
    latency_p99_s: float = 0.0
    tokens_refused_at: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    drop_delivered: float = 0.0
    status_before_response: float = 0.0
    late: float = 0.0
    late_s: float = 3600.0
    delay_s: float = 0.0


Settings = TypeVar("Settings", Behaviour, Faults)

# Whole numbers, with the least and the most of each.
_COUNTS = {
    "batch": (1, 1000),
    "concurrency": (1, 64),
    "management_calls": (1, 1_000_000),
    "management_calls_active": (1, 1_000_000),
    "templates_per_hour": (1, 1_000_000),
    "marketing_per_day": (0, 1000),
    "pacing_first": (0, 1_000_000),
    "throughput_upgrade_users": (1, 1_000_000_000),
}
_MOST_S = 30 * 86_400
_LAST_AT = 32_503_680_000  # the year 3000


def _checked(name: str, value: object) -> float:
    """Return `value` as a number that `name` may have, or raise SettingError."""
    try:
        number = float("nan") if isinstance(value, bool) else float(str(value))
    except (TypeError, ValueError):
        number = float("nan")
    if name in _COUNTS:
        low, high = _COUNTS[name]
        what, possible = f"a whole number from {low} to {high}", low <= number <= high
        possible = possible and number == int(number)
    elif name == "fail_code":
        codes = ", ".join(map(str, sorted(KNOWN)))
        what, possible = f"0 for none, or one of {codes}", number == 0 or number in KNOWN
    elif name.endswith("_s"):
        what, possible = f"seconds from 0 to {_MOST_S}", 0 <= number <= _MOST_S
    elif name.endswith("_at"):
        what, possible = "seconds since 1970, or 0 for never", 0 <= number <= _LAST_AT
    else:
        what, possible = "a share from 0 to 1", 0 <= number <= 1
    if not possible:
        raise SettingError(f"{name} must be {what}, got {value!r}")
    return number


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return `settings` with `changes`; raise SettingError for a wrong name or value."""
    names = [f.name for f in fields(settings)]
    unknown = sorted(set(changes) - set(names))
    if unknown:
        message = f"unknown name {', '.join(unknown)}; the names are {', '.join(names)}"
        raise SettingError(message)
    result = replace(settings, **{name: _checked(name, value) for name, value in changes.items()})
    if isinstance(result, Behaviour):
        _check_order(result)
    elif result.latency_p99_s:
        if not result.latency_median_s:
            raise SettingError("latency_p99_s needs a latency_median_s besides")
        if result.latency_p99_s < result.latency_median_s:
            raise SettingError("latency_p99_s must not be below latency_median_s")
    return result


def _check_order(behaviour: Behaviour) -> None:
    """Raise SettingError where a range runs backwards or more people answer than read."""
    for name in ("sent", "delivered", "read", "answer"):
        if getattr(behaviour, f"{name}_from_s") > getattr(behaviour, f"{name}_to_s"):
            message = f"{name}_from_s must not be above {name}_to_s"
            raise SettingError(message)


def parse(settings: Settings, text: str) -> Settings:
    """Return `settings` with the changes of a text such as `fail=0.05,duplicate=0.2`."""
    changes: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = pair.partition("=")
        if not equals:
            message = f"expected name=value separated by commas, got {pair!r}"
            raise SettingError(message)
        if name.strip() in changes:
            raise SettingError(f"{name.strip()} is given twice")
        changes[name.strip()] = value.strip()
    return changed(settings, changes)


def fixture_from(environment: Mapping[str, str]) -> Fixture:
    """Return the fixture with the SANDBOX_* variables that are set and not empty."""
    values = {
        f.name: environment[key]
        for f in fields(Fixture)
        if environment.get(key := f"SANDBOX_{f.name.upper()}")
    }
    fixture = Fixture(**values)
    for name in ("app_id", "business_id", "waba_id", "phone_number_id"):
        if not getattr(fixture, name).isdigit():
            message = f"SANDBOX_{name.upper()} must be digits, got {getattr(fixture, name)!r}"
            raise SettingError(message)
    if fixture.throughput not in ("STANDARD", "HIGH"):
        message = f"SANDBOX_THROUGHPUT must be STANDARD or HIGH, got {fixture.throughput!r}"
        raise SettingError(message)
    if fixture.messaging_limit not in TIERS:
        raise SettingError(
            f"SANDBOX_MESSAGING_LIMIT must be one of {', '.join(TIERS)}, "
            f"got {fixture.messaging_limit!r}"
        )
    return fixture
