"""More accounts than the fixture's: a number with its WABA and token, or a whole signup."""

from sandbox import ids
from sandbox.model import HIGH, STANDARD, Code, Json, Number, Token, Waba
from sandbox.simulation import Simulation

from .parse import Refused, parse_text

_CODE_LIFE_S = 30.0


def make_number(simulation: Simulation, body: Json) -> Json:
    """Add a number, or change `throughput`, `is_on_biz_app` and names of the one that `id` names,
    and the `business_verification_status` of its account.

    Without `waba_id` it gets a WABA and a token of its own; with the id of an unknown one, that is
    made. Returns {"phone_number_id", "waba_id", "business_id", "access_token"}.
    """
    world = simulation.world
    number_id = parse_text(body, "id", default="") or parse_text(
        body, "phone_number_id", default=""
    )
    if number_id and not number_id.isdigit():
        raise Refused(422, "id must be digits")
    existing = world.numbers.get(number_id)
    waba_id = parse_text(body, "waba_id", default=existing.waba_id if existing else "")
    waba, token = _account(simulation, waba_id, body)
    number = existing or _new_number(simulation, number_id, waba)
    _change(number, body)
    world.add_number(number)
    return {
        "phone_number_id": number.id,
        "waba_id": waba.id,
        "business_id": waba.business_id,
        "display_phone_number": number.display_phone_number,
        "access_token": token.value,
    }


def _account(simulation: Simulation, waba_id: str, body: Json) -> tuple[Waba, Token]:
    """Return the WABA of that id and a token that reaches it, each made if there is none."""
    world, now = simulation.world, simulation.clock.now()
    if waba_id and not waba_id.isdigit():
        raise Refused(422, "waba_id must be digits")
    waba = world.wabas.get(waba_id)
    if waba is None:
        name = parse_text(body, "verified_name", default="Second Business")
        waba = Waba(waba_id or world.new_id("waba"), name, world.new_id("business"))
        world.add_waba(waba)
    waba.business_verification_status = parse_text(
        body, "business_verification_status", default=waba.business_verification_status
    )
    value = parse_text(body, "access_token", default="")
    token = world.tokens.get(value) if value else None
    if token is None and not value:
        token = next((t for t in world.tokens.values() if waba.id in t.waba_ids), None)
    if token is None:
        token = Token(value or ids.access_token(world.salt, world.serial("token")), [], now)
        world.add_token(token)
    if waba.id not in token.waba_ids:
        token.waba_ids.append(waba.id)
    return waba, token


def _new_number(simulation: Simulation, number_id: str, waba: Waba) -> Number:
    """Return a number with the next free display number."""
    world = simulation.world
    number_id = number_id or world.new_id("phone_number")
    display = f"+1 555 010 {len(world.numbers) + 1:04d}"
    return Number(number_id, waba.id, display, waba.name)


def _change(number: Number, body: Json) -> None:
    """Set what the body names."""
    throughput = parse_text(body, "throughput", default=number.throughput).upper()
    if throughput not in (STANDARD, HIGH):
        raise Refused(422, f"throughput must be {STANDARD} or {HIGH}")
    coexistence = body.get("is_on_biz_app", number.is_on_biz_app)
    if not isinstance(coexistence, bool):
        raise Refused(422, "is_on_biz_app must be true or false")
    number.throughput, number.is_on_biz_app = throughput, coexistence
    number.verified_name = parse_text(body, "verified_name", default=number.verified_name)
    number.display_phone_number = parse_text(
        body, "display_phone_number", default=number.display_phone_number
    )
    number.quality_rating = parse_text(body, "quality_rating", default=number.quality_rating)
    number.status = parse_text(body, "status", default=number.status).upper()
    number.pin = parse_text(body, "pin", default=number.pin)


def make_code(simulation: Simulation, body: Json) -> Json:
    """Do the browser's part of Embedded Signup; the code lives 30 seconds and works once.

    The number is verified and PENDING until it is registered; one that stays in the WhatsApp
    Business app works at once. `status` and `pin` say otherwise.
    """
    world = simulation.world
    made = make_number(simulation, body)
    number = world.numbers[made["phone_number_id"]]
    number.onboarded_at = simulation.clock.now()
    if "status" not in body and not number.is_on_biz_app:
        number.status = "PENDING"
    value = ids.access_token(f"code{world.salt}", world.serial("code")).replace("EAA", "AQ")
    world.codes[value] = Code(value, made["access_token"], simulation.clock.now() + _CODE_LIFE_S)
    names = ("phone_number_id", "waba_id", "business_id")
    return {"code": value, **{name: made[name] for name in names}}
