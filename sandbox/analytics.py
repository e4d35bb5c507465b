"""What the analytics calls say, counted from the sandbox's own log.

Volumes and prices follow the `pricing` objects of the webhooks: both come from `rules.pricing`.
Cost of each call: one pass over the log.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .model import Json, Message
from .rules.people import country_of
from .rules.pricing import pricing
from .rules.rates import cost_of
from .world import World

_HALF_HOUR_S, _DAY_S = 1800, 86_400


@dataclass(frozen=True)
class Period:
    """A stretch of time, in Unix seconds, cut into HALF_HOUR, DAY or MONTH buckets (UTC)."""

    start: int
    end: int
    granularity: str

    def bucket(self, at: float) -> tuple[int, int] | None:
        """Return the bucket of an instant, None outside the period."""
        if not self.start <= at < self.end:
            return None
        if self.granularity == "MONTH":
            day = datetime.fromtimestamp(at, UTC)
            first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            following = (first + timedelta(days=32)).replace(day=1)
            return int(first.timestamp()), int(following.timestamp())
        size = _HALF_HOUR_S if self.granularity == "HALF_HOUR" else _DAY_S
        low = int(at) - int(at) % size
        return low, low + size


def delivered_at(message: Message) -> float:
    """Return when a message reached the phone, 0 if it has not; `read` implies it."""
    return message.stamps.get("delivered") or message.stamps.get("read") or 0.0


def _messages_of(world: World, waba_id: str, phones: list[str]) -> Iterator[Message]:
    """Yield the messages of an account's numbers, all or those of the digits given."""
    wanted = {n.id for n in world.numbers_of(waba_id) if not phones or n.digits in phones}
    return (m for m in world.messages.values() if m.phone_number_id in wanted)


def message_points(
    world: World, waba_id: str, period: Period, phones: list[str], countries: list[str]
) -> list[Json]:
    """Return the `data_points` of `analytics`: sent and delivered per bucket."""
    sent: Counter[tuple[int, int]] = Counter()
    delivered: Counter[tuple[int, int]] = Counter()
    for message in _messages_of(world, waba_id, phones):
        if countries and country_of(message.wa_id) not in countries:
            continue
        for counter, at in (
            (sent, message.stamps.get("sent", 0.0)),
            (delivered, delivered_at(message)),
        ):
            bucket = period.bucket(at)
            if bucket is not None:
                counter[bucket] += 1
    return [
        {"start": low, "end": high, "sent": sent[low, high], "delivered": delivered[low, high]}
        for low, high in sorted({*sent, *delivered})
    ]


# Dimension of a call: its member in a data point, and its value for a message.
_DIMENSIONS: dict[str, tuple[str, Callable[[World, Message], str]]] = {
    "COUNTRY": ("country", lambda _world, m: country_of(m.wa_id)),
    "PHONE": ("phone_number", lambda world, m: world.numbers[m.phone_number_id].digits),
    "PRICING_CATEGORY": ("pricing_category", lambda _world, m: pricing_category(m)),
    "PRICING_TYPE": ("pricing_type", lambda _world, m: pricing_type(m)),
    "TIER": ("tier", lambda _world, _m: "0:MAX"),
    "CONVERSATION_CATEGORY": ("conversation_category", lambda _world, m: pricing_category(m)),
    "CONVERSATION_TYPE": ("conversation_type", lambda _world, m: pricing_type(m)),
}


def pricing_category(message: Message) -> str:
    """Return the category of a message's `pricing`, as analytics write it."""
    return str(pricing(message)["category"]).upper().replace("-", "_")


def pricing_type(message: Message) -> str:
    """Return the type of a message's `pricing`, as analytics write it."""
    return str(pricing(message)["type"]).upper()


def cost(message: Message) -> float:
    """Return what a delivered message costs."""
    is_billable = bool(pricing(message)["billable"])
    return cost_of(str(pricing(message)["category"])) if is_billable else 0.0


@dataclass(frozen=True)
class PricingQuery:
    """What `pricing_analytics` is asked for; empty lists select everything."""

    phones: list[str]
    countries: list[str]
    types: list[str]
    categories: list[str]
    dimensions: list[str]

    def takes(self, message: Message) -> bool:
        """Tell whether a message is asked for."""
        return (
            (not self.countries or country_of(message.wa_id) in self.countries)
            and (not self.types or pricing_type(message) in self.types)
            and (not self.categories or pricing_category(message) in self.categories)
        )


def pricing_points(
    world: World, waba_id: str, period: Period, query: PricingQuery, volume: str = "volume"
) -> list[Json]:
    """Return the `data_points` of `pricing_analytics`: delivered messages and their cost."""
    volumes: Counter[tuple[tuple[int, int], tuple[str, ...]]] = Counter()
    costs: defaultdict[tuple[tuple[int, int], tuple[str, ...]], float] = defaultdict(float)
    for message in _messages_of(world, waba_id, query.phones):
        bucket = period.bucket(delivered_at(message))
        if bucket is None or not query.takes(message):
            continue
        key = bucket, tuple(_DIMENSIONS[name][1](world, message) for name in query.dimensions)
        volumes[key] += 1
        costs[key] += cost(message)
    names = [_DIMENSIONS[name][0] for name in query.dimensions]
    return [
        {
            "start": bucket[0],
            "end": bucket[1],
            **dict(zip(names, values, strict=True)),
            volume: count,
            "cost": round(costs[bucket, values], 6),
        }
        for (bucket, values), count in sorted(volumes.items())
    ]


def template_points(world: World, template_id: str, period: Period) -> list[Json]:
    """Return the `data_points` of `template_analytics` of one template, by the day of sending."""
    days: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    costs: defaultdict[tuple[int, int], float] = defaultdict(float)
    for message in world.messages.values():
        sent = message.stamps.get("sent", 0.0)
        bucket = period.bucket(sent) if message.template_id == template_id else None
        if bucket is None:
            continue
        days[bucket]["sent"] += 1
        if delivered_at(message):
            days[bucket]["delivered"] += 1
            costs[bucket] += cost(message)
        days[bucket]["read"] += "read" in message.stamps
    return [
        {
            "template_id": template_id,
            "start": low,
            "end": high,
            **{name: counts[name] for name in ("sent", "delivered", "read")},
            "clicked": [],
            "cost": _costs(costs[low, high], counts["delivered"]),
        }
        for (low, high), counts in sorted(days.items())
    ]


def _costs(spent: float, delivered: int) -> list[Json]:
    """Return the `cost` of a template's data point."""
    found: list[Json] = [{"type": "amount_spent", "value": round(spent, 6)}]
    if delivered:
        found.append({"type": "cost_per_delivered", "value": round(spent / delivered, 6)})
    return found
