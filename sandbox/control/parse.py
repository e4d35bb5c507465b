"""Reading the control API's requests: each function returns what it checked or raises Refused."""

import json
from collections.abc import Collection

from starlette.requests import Request

from sandbox.model import Json
from sandbox.simulation import Simulation


class Refused(Exception):
    """A request that cannot be served: an HTTP status and what to change."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


async def read_object(request: Request) -> Json:
    """Return the body as a JSON object; an empty body is an empty object."""
    body = await request.body()
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(422, f"the body is not valid JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise Refused(422, "the body must be a JSON object")
    return parsed


def parse_text(body: Json, key: str, default: str | None = None) -> str:
    """Return a text member; without a default it is required."""
    value = body.get(key, default)
    if not isinstance(value, str) or (not value and default is None):
        raise Refused(422, f"{key} must be a text")
    return value


def limit_of(request: Request, default: int, most: int) -> int:
    """Return the `limit` of a query."""
    text = request.query_params.get("limit", str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise Refused(422, f"limit must be a number from 1 to {most}")
    return int(text)


def number_of(simulation: Simulation, value: object) -> str:
    """Return the id of a number that exists."""
    if not isinstance(value, str) or value not in simulation.world.numbers:
        known = ", ".join(simulation.world.numbers)
        raise Refused(422, f"phone_number_id must be one of {known}")
    return value


def parse_flag(body: Json, key: str, *, default: bool = False) -> bool:
    """Return a member that is true or false."""
    value = body.get(key, default)
    if not isinstance(value, bool):
        raise Refused(422, f"{key} must be true or false")
    return value


def parse_number(
    body: Json, key: str, low: float, high: float, default: float | None = None
) -> float:
    """Return a member that is a number from `low` to `high`; without a default it is required."""
    value = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refused(422, f"{key} must be a number from {low:g} to {high:g}")
    return value


def parse_choice(body: Json, key: str, choices: Collection[str], default: str | None = None) -> str:
    """Return a text member that is one of `choices`, whatever its case."""
    value = parse_text(body, key, default)
    for choice in choices:
        if value.upper() == choice.upper():
            return choice
    raise Refused(422, f"{key} must be one of {', '.join(choices)}")


def parse_object(body: Json, key: str) -> Json:
    """Return a member that is an object, an empty one if it is absent."""
    value = body.get(key, {})
    if not isinstance(value, dict):
        raise Refused(422, f"{key} must be an object")
    return value


def parse_objects(body: Json, key: str) -> list[Json]:
    """Return a member that is a list of objects, an empty one if it is absent."""
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refused(422, f"{key} must be a list of objects")
    return value
