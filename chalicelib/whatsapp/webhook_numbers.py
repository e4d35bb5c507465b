"""The other fields of a number: preferences, echoes, history, contacts, calls, groups, handovers.

Each item becomes one event. A person is known by phone, by user id, or by both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from chalicelib.whatsapp.events import (
    CallStatus,
    ContactSync,
    Event,
    GroupUpdate,
    Handover,
    HistorySync,
    Inbound,
    Past,
    Preference,
    Unhandled,
)
from chalicelib.whatsapp.inbound_text import shown_text
from chalicelib.whatsapp.webhook_messages import (
    Value,
    about,
    content,
    message_type,
    number_id,
)
from chalicelib.whatsapp.webhook_people import find_profile
from chalicelib.whatsapp.webhook_values import (
    TEXT_CHARACTERS,
    as_json,
    error,
    identifier,
    items,
    media,
    member,
    milliseconds,
    name,
    phone,
    text,
    whole,
)

Person = tuple[str | None, str | None]  # phone and user id
_STOPPED = {"stop": True, "resume": False, "signup": False}


def read_number(waba_id: str, field: str, value: Value, at_ms: int | None) -> Iterator[Event]:
    """Yield an event for each item of a value of one of FIELDS."""
    number = number_id(value)
    if not number:
        yield Unhandled(waba_id, field, "no number", value)
        return
    is_empty = True
    for event in FIELDS[field](waba_id, field, number, value, at_ms):
        is_empty = False
        yield event
    if is_empty:
        yield Unhandled(waba_id, field, "empty", value)


def _each(
    waba_id: str,
    field: str,
    value: Value | None,
    part: str,
    read: Callable[[Value], Event | None],
) -> Iterator[Event]:
    """Yield an event for each item of `part`; one that cannot be read is kept and counted."""
    for item in items(member(value, part)):
        event = None if item is None else read(item)
        yield event or Unhandled(waba_id, field, f"broken {part}", item)


def _preferences(
    waba_id: str, field: str, number: str, value: Value, _at_ms: int | None
) -> Iterator[Event]:
    def read(item: Value) -> Event | None:
        wa_id, user_id = phone(item.get("wa_id")), identifier(item.get("user_id")) or None
        at_ms = milliseconds(item.get("timestamp"))
        said, category = text(item.get("value")).lower(), text(item.get("category"))
        if (wa_id is None and user_id is None) or at_ms is None or not said:
            return None
        if said not in _STOPPED or category != "marketing_messages":
            return Unhandled(waba_id, field, f"preference {category[:40]} {said[:40]}", item)
        profile = find_profile(value.get("contacts"), wa_id, user_id)
        return Preference(
            number, wa_id, user_id, profile.name, profile.username, _STOPPED[said], at_ms
        )

    return _each(waba_id, field, value, "user_preferences", read)


def _echoes(
    waba_id: str, field: str, number: str, value: Value, _at_ms: int | None
) -> Iterator[Event]:
    def read(item: Value) -> Event | None:
        to, user_id = phone(item.get("to")), identifier(item.get("to_user_id")) or None
        return _past(number, item, value, (to, user_id), is_outgoing=True, is_history=False)

    return _each(waba_id, field, value, "message_echoes", read)


def _past(
    number: str,
    item: Value,
    value: Value,
    person: Person,
    *,
    is_outgoing: bool,
    is_history: bool,
) -> Past | None:
    message_id, at_ms = identifier(item.get("id")), milliseconds(item.get("timestamp"))
    if not message_id or at_ms is None or person == (None, None):
        return None
    kind = message_type(item)
    return Past(
        phone_number_id=number,
        message_id=message_id,
        phone=person[0],
        user_id=person[1],
        name=find_profile(value.get("contacts"), *person).name,
        at_ms=at_ms,
        type=kind,
        text=text(shown_text(kind, item))[:TEXT_CHARACTERS],
        context_message_id=about(kind, item),
        content=content(kind, item),
        media=media(kind, item.get(kind)),
        is_outgoing=is_outgoing,
        is_history=is_history,
        status=text(member(item.get("history_context"), "status")).upper()[:40] or None,
    )


def _history(
    waba_id: str, field: str, number: str, value: Value, at_ms: int | None
) -> Iterator[Event]:
    """Yield the messages of each thread, and how far the copy is.

    Media comes in a second delivery, as plain `messages`, for the placeholder with the same id.
    """

    def read(item: Value, person: Person = (None, None)) -> Event | None:
        return _old_message(number, item, value, person)

    for chunk in items(value.get("history")):
        if chunk is None:
            yield Unhandled(waba_id, field, "broken history")
            continue
        yield _progress(waba_id, number, chunk, at_ms)
        for thread in items(chunk.get("threads")):
            of_thread = partial(read, person=_thread_person(thread))
            yield from _each(waba_id, field, thread, "messages", of_thread)
    yield from _each(waba_id, field, value, "messages", read)


def _thread_person(thread: Value | None) -> Person:
    """Return whose thread it is, by phone or by user id (`US.…`); the id of a group is neither."""
    found = identifier(member(thread, "id"))
    return phone(found), found if "." in found else None


def _old_message(number: str, item: Value, value: Value, person: Person) -> Event | None:
    """Return a message of the history; the business's own number tells which way it went."""
    shown = phone(member(value.get("metadata"), "display_phone_number"))
    is_outgoing = shown is not None and phone(item.get("from")) == shown
    ids = ("to", "to_user_id") if is_outgoing else ("from", "from_user_id")
    who = (phone(item.get(ids[0])) or person[0], identifier(item.get(ids[1])) or person[1])
    return _past(number, item, value, who, is_outgoing=is_outgoing, is_history=True)


def _progress(waba_id: str, number: str, chunk: Value, at_ms: int | None) -> HistorySync:
    code, title, details = error(chunk.get("errors"))
    about_chunk = chunk.get("metadata")
    return HistorySync(
        waba_id,
        number,
        whole(member(about_chunk, "phase")),
        whole(member(about_chunk, "progress")),
        code,
        details or title,
        at_ms,
    )


def _contacts(
    waba_id: str, field: str, number: str, value: Value, _at_ms: int | None
) -> Iterator[Event]:
    def read(item: Value) -> Event | None:
        found = phone(member(item.get("contact"), "phone_number"))
        action = text(item.get("action")).lower()
        if found is None or action not in {"add", "remove"}:
            return None
        full = name(member(item.get("contact"), "full_name"))
        short = name(member(item.get("contact"), "first_name"))
        changed_ms = milliseconds(member(item.get("metadata"), "timestamp"))
        return ContactSync(number, found, full or short, action, changed_ms)

    return _each(waba_id, field, value, "state_sync", read)


def _calls(
    waba_id: str, field: str, number: str, value: Value, _at_ms: int | None
) -> Iterator[Event]:
    def read_status(item: Value) -> Event | None:
        call_id, status = identifier(item.get("id")), text(item.get("status")).upper()[:40]
        at_ms = milliseconds(item.get("timestamp"))
        if not call_id or not status or at_ms is None:
            return None
        return CallStatus(number, call_id, status, at_ms)

    yield from _each(waba_id, field, value, "calls", lambda item: _call(number, item, value))
    yield from _each(waba_id, field, value, "statuses", read_status)


def _call(number: str, item: Value, value: Value) -> Event | None:
    """Return a person's call as something that came in; how a call of the business goes otherwise.

    The session description is left out: Parley takes no calls, and it names the caller's network.
    """
    call_id, at_ms = identifier(item.get("id")), milliseconds(item.get("timestamp"))
    event = text(item.get("event")).lower()[:40]
    if not call_id or at_ms is None or not event:
        return None
    if text(item.get("direction")).upper() == "BUSINESS_INITIATED":
        return CallStatus(number, call_id, event.upper(), at_ms)
    sender, user_id = phone(item.get("from")), identifier(item.get("from_user_id")) or None
    if sender is None and user_id is None:
        return None
    profile = find_profile(value.get("contacts"), sender, user_id)
    said = {key: found for key, found in item.items() if key not in {"session", "from", "to"}}
    return Inbound(
        phone_number_id=number,
        message_id=f"{call_id}:{event}",
        from_phone=sender,
        from_user_id=user_id,
        profile_name=profile.name,
        at_ms=at_ms,
        type="call",
        text=_call_text(event, item),
        context_message_id=None,
        raw=item,
        username=profile.username,
        from_parent_user_id=profile.parent_user_id,
        content=as_json(said),
    )


def _call_text(event: str, item: Value) -> str:
    if event == "connect":
        return "[call]"
    duration_s = item.get("duration")
    if type(duration_s) is int and 0 <= duration_s < 1_000_000:
        return f"[call ended after {duration_s} s]"
    return "[call ended]"


def _groups(
    waba_id: str, field: str, number: str, value: Value, _at_ms: int | None
) -> Iterator[Event]:
    def read(item: Value) -> Event | None:
        group_id, kind = identifier(item.get("group_id")), text(item.get("type"))[:60]
        if not kind:
            return None
        return GroupUpdate(number, group_id, kind, milliseconds(item.get("timestamp")))

    return _each(waba_id, field, value, "groups", read)


def _handover(
    waba_id: str, field: str, number: str, value: Value, at_ms: int | None
) -> Iterator[Event]:
    kind = text(value.get("type"))[:60]
    when_ms = milliseconds(value.get("timestamp")) or at_ms
    yield Handover(number, kind, when_ms) if kind else Unhandled(waba_id, field, "broken", value)


FIELDS: dict[str, Callable[[str, str, str, Value, int | None], Iterator[Event]]] = {
    "user_preferences": _preferences,
    "smb_message_echoes": _echoes,
    "message_echoes": _echoes,
    "history": _history,
    "smb_app_state_sync": _contacts,
    "calls": _calls,
    "group_lifecycle_update": _groups,
    "group_participants_update": _groups,
    "group_settings_update": _groups,
    "group_status_update": _groups,
    "messaging_handovers": _handover,
}
