"""Two steps that both the control API and the page take: the clock's and a token's."""

from sandbox.model import Json
from sandbox.simulation import Simulation

from .parse import Refused, parse_flag, parse_number, parse_text

# What can be said to the clock, and the most of each.
_CLOCK = {"advance_s": 366 * 86_400.0, "at": 32_503_680_000.0, "factor": 1_000_000.0}
_YEAR_S = 366 * 86_400


async def move_clock(simulation: Simulation, body: Json) -> Json:
    """Let the clock run at `factor` times real time (0 stops it), set it `at` a time, move it on by
    `advance_s`, in that order; return when all that was due on the way has happened.
    """
    unknown = sorted(set(body) - set(_CLOCK))
    if unknown:
        raise Refused(422, f"unknown name {', '.join(unknown)}; there are {', '.join(_CLOCK)}")
    numbers = {
        name: parse_number(body, name, 0, most) for name, most in _CLOCK.items() if name in body
    }
    clock, seconds = simulation.clock, numbers.get("advance_s", 0.0)
    if "factor" in numbers:
        clock.set(factor=numbers["factor"])
    if "at" in numbers:
        seconds += numbers["at"] - clock.now()
    if seconds < 0:
        raise Refused(422, "the clock does not go back: at has passed")
    if seconds:
        await clock.advance(seconds)
        await simulation.outbox.quiet()
    return {"now": clock.now(), "factor": clock.factor}


def end_token(simulation: Simulation, body: Json) -> Json:
    """Let an `access_token` end by `is_revoked` or `expires_in_s`, or work again."""
    token = simulation.world.tokens.get(parse_text(body, "access_token"))
    if token is None:
        raise Refused(404, "no such access_token")
    if "expires_in_s" in body:
        token.expires_at = simulation.clock.now() + parse_number(body, "expires_in_s", 0, _YEAR_S)
    token.is_revoked = parse_flag(body, "is_revoked", default=token.is_revoked)
    if not token.is_revoked and "expires_in_s" not in body:
        token.expires_at = 0.0
    return {"expires_at": token.expires_at, "is_revoked": token.is_revoked}
