"""Whatever is done to a good request, it is accepted or refused in Graph's words: never a crash."""

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings, strategies as st

from sandbox.clock import VirtualClock
from sandbox.drafts import draft
from sandbox.errors import GraphError
from sandbox.model import Template
from sandbox.rules.flow_json import validation_errors, version_of
from sandbox.rules.template_create import check_components
from sandbox.simulation import Simulation, make_simulation

from .bench import NUMBER, START, WABA, send_body
from .test_interactive import GOOD as INTERACTIVE
from .test_template_kinds import KINDS

Json = dict[str, Any]
VALUES: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**15),
    st.floats(allow_nan=False),
    st.text(max_size=30),
    st.sampled_from(["image", "text", "body", "{{1}}", "https://a.b", "cta_url", "0", ""]),
    st.lists(st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.sampled_from(["type", "text", "id", "link"]), st.text(max_size=5)),
)

FREE: list[Json] = [
    {"type": "text", "text": {"body": "Hi", "preview_url": True}},
    {"type": "image", "image": {"link": "https://a.b/c.png", "caption": "Look"}},
    {"type": "document", "document": {"link": "https://a.b/c.pdf", "filename": "c.pdf"}},
    {"type": "location", "location": {"latitude": 1, "longitude": "2.5", "name": "Shop"}},
    {"type": "contacts", "contacts": [{"name": {"formatted_name": "A B", "first_name": "A"}}]},
    {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
    {"type": "text", "text": {"body": "Hi"}, "category": "utility", "ttl_seconds": 60},
    *({"type": "interactive", "interactive": item} for item in INTERACTIVE),
]
SENDS: list[tuple[str, Json]] = [
    (name, {"name": name, "language": {"code": "en_US"}, "components": given_})
    for name, _, _, sends in KINDS
    for given_, code in sends
    if code == 0
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside a JSON value."""
    found = [path] if path else []
    items: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        found += paths(inner, (*path, key))
    return found


@st.composite
def mutated(draw: Callable[..., Any], examples: list[Any]) -> Any:
    """Return one of `examples` with one to three values removed or replaced."""
    value = copy.deepcopy(draw(st.sampled_from(examples)))
    for _ in range(draw(st.integers(1, 3))):
        ways = paths(value)
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        owner = value
        for key in way:
            owner = owner[key]
        if draw(st.booleans()):
            owner[last] = draw(VALUES)
        elif isinstance(owner, dict):
            owner.pop(last, None)
        else:
            del owner[last]
    return value


def world() -> Simulation:
    """Return a sandbox at rest, with a template of every kind."""
    client = httpx.AsyncClient()
    simulation = make_simulation(VirtualClock(START), client)
    for index, (name, category, components, _) in enumerate(KINDS):
        parts = check_components(copy.deepcopy(components), category, "POSITIONAL")
        simulation.world.add_template(
            Template(f"7{index}", WABA, name, "en_US", category, parts, status="APPROVED")
        )
    return simulation


SIMULATION = world()
QUICK = settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)


def drafted(body: Json) -> None:
    """Draft a send: anything but a draft or one of Graph's errors fails the test."""
    with contextlib.suppress(GraphError):
        draft(SIMULATION, SIMULATION.world.numbers[NUMBER], body)


@QUICK
@given(mutated([{**send_body(), **body} for body in FREE]))
def test_a_mutated_message_is_judged(body: Json) -> None:
    """Free-form and interactive messages of every kind."""
    drafted(body)


@QUICK
@given(mutated([sent for _, sent in SENDS]))
def test_a_mutated_template_message_is_judged(content: Json) -> None:
    """Template messages of every kind."""
    drafted(send_body(template=content))


@QUICK
@given(
    mutated([components for _, _, components, _ in KINDS]),
    st.sampled_from(["MARKETING", "UTILITY", "AUTHENTICATION"]),
    st.sampled_from(["POSITIONAL", "NAMED"]),
)
def test_a_mutated_template_is_judged(components: Any, category: str, kind: str) -> None:
    """Templates of every kind; what is taken keeps upper-case types."""
    with contextlib.suppress(GraphError):
        found = check_components(components, category, kind)
        assert all(part["type"].isupper() for part in found)


@QUICK
@given(st.one_of(st.text(), st.recursive(VALUES, st.lists, max_leaves=5).map(repr)))
def test_any_text_is_judged_as_a_flow(text: str) -> None:
    """A flow's JSON may be anything: then something is wrong with it."""
    assert isinstance(validation_errors(text), list)
    assert version_of(text, "version") is None or validation_errors(text) is not None
