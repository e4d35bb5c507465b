"""The outline of a flow's JSON: enough to tell a flow from something else."""

import json
from typing import Any

from sandbox.model import Json

_VERSIONS = ("5.0", "5.1", "6.0", "6.1", "6.2", "6.3", "7.0", "7.1", "7.2", "7.3", "8.0")


def _problem(error: str, message: str) -> Json:
    """Return one of the `validation_errors` of a flow."""
    places = ("line_start", "line_end", "column_start", "column_end")
    kind = "FLOW_JSON_ERROR"
    return {"error": error, "error_type": kind, "message": message, **dict.fromkeys(places, 1)}


def validation_errors(text: str) -> list[Json]:
    """Return what is wrong with a flow's JSON: not JSON, version, no screens, no last screen."""
    try:
        flow = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [_problem("INVALID_JSON", f"The flow is not valid JSON: {error}")]
    if not isinstance(flow, dict):
        return [_problem("INVALID_JSON", "The flow must be a JSON object.")]
    problems = []
    if flow.get("version") not in _VERSIONS:
        allowed = ", ".join(_VERSIONS)
        problems.append(_problem("INVALID_PROPERTY_VALUE", f"version must be one of {allowed}."))
    screens = flow.get("screens")
    if not isinstance(screens, list) or not screens:
        return [*problems, _problem("REQUIRED_PROPERTY_MISSING", "screens must have a screen.")]
    problems += [found for screen in screens for found in _screen(screen)]
    ids = [screen.get("id") for screen in screens if isinstance(screen, dict)]
    if len(set(map(str, ids))) != len(screens):
        problems.append(_problem("DUPLICATE_SCREEN_ID", "Each screen needs an id of its own."))
    if not any(isinstance(screen, dict) and screen.get("terminal") for screen in screens):
        problems.append(_problem("MISSING_TERMINAL_SCREEN", "One screen must be terminal."))
    return problems


def _screen(screen: Any) -> list[Json]:  # noqa: ANN401 (whatever the JSON has)
    """Return what is wrong with one screen."""
    if not isinstance(screen, dict):
        return [_problem("INVALID_PROPERTY_TYPE", "A screen must be an object.")]
    missing = [name for name in ("id", "layout") if not screen.get(name)]
    return [_problem("REQUIRED_PROPERTY_MISSING", f"A screen needs {name}.") for name in missing]


def version_of(text: str, name: str) -> str | None:
    """Return a version that a flow's JSON names, None if it names none."""
    try:
        flow = json.loads(text)
    except ValueError:
        return None
    value = flow.get(name) if isinstance(flow, dict) else None
    return None if value is None else str(value)
