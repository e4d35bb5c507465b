"""What keeps a draft from being accepted, and what dooms an accepted message from the start.

The order of refusals: maintenance, account, number, country, the number's rate, the pair's rate,
and, if `messaging_limit_sync` says so, the portfolio's messaging limit. Meta does not document the
code of an exhausted messaging limit; the sandbox uses 131048, the code of "restrictions on how many
messages can be sent", by default in a `failed` status.
"""

from .drafts import Doom, Draft
from .errors import known
from .model import Business, Number, Waba
from .rules.limits import limit_allows, pair_allows, takes_marketing
from .rules.people import country_of
from .rules.pricing import window_open
from .simulation import Simulation

MESSAGING_LIMIT = 131048
_LIMIT_DETAILS = "The portfolio wrote to as many people in 24 hours as its messaging limit allows."
# Countries in which the platform is not offered.
_NOT_SERVED = frozenset({"CU", "IR", "KP", "SY"})


def check_limits(simulation: Simulation, number: Number, wanted: Draft) -> None:
    """Raise GraphError for the first limit or restriction that refuses this message now."""
    now, conversation = simulation.clock.now(), wanted.conversation
    world = simulation.world
    waba = world.wabas[number.waba_id]
    if number.maintenance_until > now:
        raise known(131057)
    _check_account(waba, number, wanted, now)
    if country_of(conversation.wa_id) in _NOT_SERVED:
        raise known(130497)
    if not simulation.rate(number.id).allows(now, number.messages_per_second):
        raise known(130429)
    if not pair_allows(conversation, now):
        raise known(131056)
    if simulation.behaviour.messaging_limit_sync and over_limit(
        world.businesses[waba.business_id], wanted, now
    ):
        raise known(MESSAGING_LIMIT, _LIMIT_DETAILS)


def _check_account(waba: Waba, number: Number, wanted: Draft, now: float) -> None:
    """Raise where Meta has banned or restricted the account, or declined the number's name."""
    if waba.ban_state == "DISABLE":
        raise known(131031)
    if number.name_status in ("DECLINED", "EXPIRED"):
        raise known(131037)
    if not waba.restrictions:
        return
    in_window = window_open(wanted.conversation, now)
    who = "CUSTOMER" if in_window else "BIZ"
    if waba.restrictions.get(f"RESTRICTED_{who}_INITIATED_MESSAGING", 0) > now:
        raise known(368)
    if wanted.category == "utility":
        direct = wanted.type != "template"
        name = "DIRECT_SEND_UTILITY_TEMPLATES" if direct else "UTILITY_TEMPLATES"
        if waba.restrictions.get(f"RESTRICTED_{name}", 0) > now:
            raise known(139200 if direct else 131064)


def over_limit(business: Business, wanted: Draft, now: float) -> bool:
    """Tell whether this message would reach one person more than the messaging limit allows."""
    conversation = wanted.conversation
    if wanted.category == "service" or window_open(conversation, now):
        return False
    return not limit_allows(business, conversation.wa_id, now)


def doom_of(simulation: Simulation, number: Number, wanted: Draft) -> Doom | None:
    """Return why this message will fail although it is accepted, None if nothing speaks against it.

    Chance has no part in it: this is what Meta's rules say of this person and this account.
    """
    world, now = simulation.world, simulation.clock.now()
    wa_id = wanted.conversation.wa_id
    if wanted.category == "service" and not window_open(wanted.conversation, now):
        return Doom(131047, "")
    if wanted.doom is not None:
        return wanted.doom
    person = world.people.get(wa_id)
    if person is not None and person.moved_to:
        return Doom(131026, "")
    waba = world.wabas[number.waba_id]
    business = world.businesses[waba.business_id]
    marketing = wanted.category.startswith("marketing")
    if marketing and person is not None and business.id in person.stopped:
        return Doom(131050, "")
    if over_limit(business, wanted, now):
        return Doom(MESSAGING_LIMIT, _LIMIT_DETAILS)
    per_day = simulation.behaviour.marketing_per_day
    if marketing and per_day:
        times = world.marketing.setdefault(wa_id, [])
        if not takes_marketing(simulation.seed, wa_id, times, per_day, now):
            return Doom(131049, "")
        times.append(now)
    return None
