"""How a business grows: its messaging limit by use, and its numbers' throughput after that.

Beyond TIER_250 the limit rises a tier `tier_growth_s` after half of it was used, if no number of
the portfolio has the quality RED; TIER_250 is left by 2,000 people reached in 30 days (or by
verification, which is a matter of the control API). A number gets 1,000 messages a second when its
portfolio is without limit, has written to `throughput_upgrade_users` people within 24 hours and its
quality is not RED; for up to a minute it is in maintenance meanwhile (131057).
"""

from .model import HIGH, STANDARD, Business, Event, Number
from .rules.limits import has_used_half, next_tier, reached
from .simulation import Simulation
from .webhooks.accounts import value_update

_HIGHEST = "TIER_UNLIMITED"


def consider(simulation: Simulation, number: Number) -> None:
    """Look whether a message that was just counted lets the business grow; cheap if not."""
    business, now = simulation.world.business_of(number.id), simulation.clock.now()
    if not business.is_growing and has_used_half(business, now):
        business.is_growing = True
        due = now + simulation.behaviour.tier_growth_s
        simulation.schedule.add(Event(due, "tier", business.id))
    if (
        business.messaging_limit == _HIGHEST
        and number.throughput == STANDARD
        and not number.is_on_biz_app
        and not number.maintenance_until
        and number.quality_rating != "RED"
        and reached(business, now) >= simulation.behaviour.throughput_upgrade_users
    ):
        upgrade_throughput(simulation, number)


def upgrade_throughput(simulation: Simulation, number: Number) -> None:
    """Begin the upgrade to 1,000 messages a second; it ends with an event."""
    number.maintenance_until = simulation.clock.now() + simulation.behaviour.throughput_upgrade_s
    simulation.schedule.add(Event(number.maintenance_until, "throughput", number.id))


def conclude_throughput(simulation: Simulation, number: Number) -> None:
    """End the upgrade: the number has its new rate, and the subscriber hears of it."""
    limit = simulation.world.business_of(number.id).messaging_limit
    number.throughput, number.maintenance_until = HIGH, 0.0
    tell_number(simulation, number, "THROUGHPUT_UPGRADE", limit)


def tell_number(simulation: Simulation, number: Number, event: str, old_limit: str) -> None:
    """Send a phone_number_quality_update."""
    limit = simulation.world.business_of(number.id).messaging_limit
    value = {
        "display_phone_number": number.digits,
        "event": event,
        "current_limit": limit,
        "old_limit": old_limit,
        "max_daily_conversations_per_business": limit,
    }
    now = simulation.clock.now()
    simulation.tell(value_update("phone_number_quality_update", number.waba_id, value, now))


def raise_tier(simulation: Simulation, business: Business) -> None:
    """Let the messaging limit rise by one tier unless a number of the business is RED."""
    business.is_growing = False
    world = simulation.world
    numbers = [n for n in world.numbers.values() if world.business_of(n.id) is business]
    tier = next_tier(business)
    if tier and not any(n.quality_rating == "RED" for n in numbers):
        set_tier(simulation, business, tier)


def set_tier(simulation: Simulation, business: Business, tier: str) -> None:
    """Set the messaging limit, and tell each account of the business."""
    business.messaging_limit = tier
    now = simulation.clock.now()
    phones = 2 if tier == "TIER_250" else 20
    for waba in simulation.world.wabas.values():
        if waba.business_id == business.id:
            value = {
                "max_daily_conversations_per_business": tier,
                "max_phone_numbers_per_business": phones,
                "max_phone_numbers_per_waba": phones,
            }
            simulation.tell(value_update("business_capability_update", waba.id, value, now))
