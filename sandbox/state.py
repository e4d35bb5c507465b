"""The world as one JSON file, written in one step and read at the start."""

import json
import os
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

from .assets import Flow, NumberAssets
from .model import (
    App,
    Business,
    Code,
    Conversation,
    Delivery,
    Event,
    Inbound,
    Json,
    Media,
    Message,
    Number,
    Person,
    Template,
    Token,
    Update,
    Waba,
)
from .simulation import Simulation

FORMAT = 2


class StateError(ValueError):
    """A state file that cannot be used; the text says why and what to do."""


_PARTS = (
    ("businesses", Business),
    ("wabas", Waba),
    ("people", Person),
    ("numbers", Number),
    ("tokens", Token),
    ("codes", Code),
    ("templates", Template),
    ("messages", Message),
    ("inbound", Inbound),
    ("media", Media),
    ("flows", Flow),
    ("assets", NumberAssets),
    ("conversations", Conversation),
)


def _plain(value: Any) -> Json:  # noqa: ANN401 (any of the model's classes)
    """Return a model object as a JSON object; shallow, since its values are JSON already."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def _key_of(loaded: Any) -> str:  # noqa: ANN401 (as above)
    """Return what a model object is known by in its collection."""
    for name in ("id", "value", "wa_id"):
        if key := getattr(loaded, name, ""):
            return str(key)
    raise KeyError("id")


def snapshot(simulation: Simulation) -> Json:
    """Return the whole state: accounts, traffic, counters, what is scheduled and what is
    undelivered.
    """
    world = simulation.world
    return {
        "format": FORMAT,
        "seed": simulation.seed,
        "salt": world.salt,
        "started_at": world.started_at,
        "app": _plain(world.app),
        **{name: [_plain(v) for v in getattr(world, name).values()] for name, _ in _PARTS},
        "uploads": world.uploads,
        "marketing": world.marketing,
        "serials": dict(world.serials),
        "refused": dict(world.refused),
        "counters": dict(world.counters),
        "events": [_plain(event) for event in simulation.schedule.pending()],
        "updates": [_plain(update) for update in simulation.outbox.queued()],
        "deliveries": [_plain(d) for d in simulation.outbox.deliveries.values()],
    }


def restore(simulation: Simulation, saved: Json) -> None:
    """Make `simulation` continue where the saved one ended; the seed is the running one's own.

    Raises StateError for another format or a damaged state.
    """
    if saved.get("format") != FORMAT:
        message = f"the state has format {saved.get('format')!r}, this sandbox writes {FORMAT}"
        raise StateError(message)
    try:
        _restore(simulation, saved)
    except (KeyError, TypeError, AttributeError) as error:
        message = f"the state is damaged ({type(error).__name__}: {error})"
        raise StateError(message) from error


def _restore(simulation: Simulation, saved: Json) -> None:
    """Replace everything in `simulation` by what was saved."""
    world = simulation.world
    world.salt, world.started_at = saved["salt"], saved["started_at"]
    world.app = App(**saved["app"])
    for name, kind in _PARTS:
        if name in ("templates", "conversations"):
            continue
        collection = getattr(world, name)
        collection.clear()
        for item in saved[name]:
            loaded = kind(**item)
            collection[_key_of(loaded)] = loaded
    world.forget_conversations()
    for item in saved["conversations"]:
        world.restore_conversation(Conversation(**item))
    for item in saved["templates"]:
        world.add_template(Template(**item))
    world.uploads, world.marketing = saved["uploads"], saved["marketing"]
    world.find_held()
    world.serials = Counter(saved["serials"])
    world.refused, world.counters = Counter(saved["refused"]), Counter(saved["counters"])
    for item in saved["events"]:
        simulation.schedule.add(Event(**item))
    for item in saved["updates"]:
        simulation.outbox.put(Update(**item))
    simulation.outbox.deliveries = {d["id"]: Delivery(**d) for d in saved["deliveries"]}


def save(simulation: Simulation, path: Path) -> None:
    """Write the state to `path` in one step: a crash leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with draft.open("w", encoding="ascii") as file:
        json.dump(snapshot(simulation), file, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(simulation: Simulation, path: Path) -> bool:
    """Restore from `path` if it exists; tell whether it did. Raises StateError for an unusable
    file.
    """
    if not path.exists():
        return False
    try:
        saved = json.loads(path.read_text(encoding="ascii"))
        if not isinstance(saved, dict):
            message = "the state is not a JSON object"
            raise StateError(message)
        restore(simulation, saved)
    except ValueError as error:
        message = f"cannot use {path}: {error}. Move it away to start afresh."
        raise StateError(message) from error
    return True
