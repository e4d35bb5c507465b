"""Webhook deliveries as events: every sample payload, and what is broken or unknown."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.whatsapp.account_events import (
    AccountReview,
    AccountUpdate,
    FlowUpdate,
    NumberName,
    NumberQuality,
    NumberUsername,
    PartnerSolution,
    PaymentConfiguration,
)
from chalicelib.whatsapp.events import (
    CallStatus,
    ContactSync,
    Event,
    GroupUpdate,
    Handover,
    HistorySync,
    Inbound,
    NumberError,
    Past,
    Preference,
    Status,
    TemplateCategory,
    TemplateComponents,
    TemplateQuality,
    TemplateStatus,
    Unhandled,
    UserAction,
)
from chalicelib.whatsapp.webhooks import MalformedDelivery, parse_delivery

PAYLOADS = Path(__file__).parents[2] / "payloads"
FILES = sorted(p.name for p in PAYLOADS.glob("*.json") if not p.name.startswith("_"))


def _events(name: str) -> tuple[Event, ...]:
    return parse_delivery((PAYLOADS / name).read_bytes()).events


def _one(name: str) -> Any:
    (event,) = _events(name)
    return event


def _delivery(value: Any, field: str = "messages", **entry: Any) -> bytes:
    change = {"field": field, "value": value}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]}
    body["entry"][0].update(entry)  # type: ignore[attr-defined]
    return json.dumps(body).encode()


def _messages(**members: Any) -> bytes:
    return _delivery({"metadata": {"phone_number_id": "3"}, **members})


_MEMBERS = {
    "messages": ("statuses", "messages", "errors", "user_actions"),
    "calls": ("calls", "statuses"),
    "user_preferences": ("user_preferences",),
    "smb_message_echoes": ("message_echoes",),
    "smb_app_state_sync": ("state_sync",),
}


def _items(payload: Any) -> Iterator[Any]:
    """Yield what must become one event each: the items of a number's values, else the change."""
    for entry in payload["entry"]:
        for change in entry["changes"]:
            members = _MEMBERS.get(change["field"], ())
            if change["field"] == "history":
                for chunk in change["value"]["history"]:
                    yield chunk
                    for thread in chunk.get("threads", []):
                        yield from thread["messages"]
            elif any(change["value"].get(m) for m in members):
                for member in members:
                    yield from change["value"].get(member, [])
            else:
                yield change


@pytest.mark.parametrize("name", FILES)
def test_every_item_of_every_sample_becomes_one_event(name: str) -> None:
    """No sample raises, and no item of one is dropped; `kept` counts what nothing acts upon."""
    raw = (PAYLOADS / name).read_bytes()
    delivery = parse_delivery(raw)
    assert len(delivery.events) == len(list(_items(json.loads(raw))))
    assert delivery.kept == sum(isinstance(e, Unhandled) for e in delivery.events)


# The longest start of a file's name that is here says what must be in it, and nothing else.
_EVENTS: dict[str, set[type[Event]]] = {
    "in_": {Inbound},
    "in_group": {Unhandled},
    "in_bsuid_only_group": {Unhandled},
    "duplicate_": {Inbound},
    "status": {Status},
    "status_unknown_status_value": {Unhandled},
    "batch_messages_and_statuses": {Inbound, Status},
    "batch_two_wabas": {Inbound, Status},
    "batch_same_waba": {Status},
    "template_status_": {TemplateStatus},
    "template_category_": {TemplateCategory},
    "template_components_": {TemplateComponents},
    "account_review_": {AccountReview},
    "account_update_": {AccountUpdate},
    "calls_connect_": {Inbound},
    "calls_status_": {CallStatus},
    "flows_": {FlowUpdate},
    "history_declined": {HistorySync},
    "history_threads": {HistorySync, Past},
    "smb_message_echoes": {Past},
    "smb_app_state_sync": {ContactSync},
    "user_preferences": {Preference},
    "user_actions": {UserAction},
    "phone_number_quality": {NumberQuality},
    "phone_number_name": {NumberName},
    "payment_configuration": {PaymentConfiguration},
    "partner_solutions": {PartnerSolution},
    "odd_unknown_field": {Unhandled},
    "odd_unknown_extra": {Inbound},
    "odd_empty": set(),
}


@pytest.mark.parametrize("name", FILES)
def test_samples_are_read_as_what_their_names_say(name: str) -> None:
    """Every sample becomes the events that its name promises, and no other."""
    prefix = max((p for p in _EVENTS if name.startswith(p)), key=len)
    assert {type(event) for event in _events(name)} == _EVENTS[prefix]


def test_status_with_callback_data() -> None:
    """A status carries our callback data, Meta's time in milliseconds, and the price."""
    assert _one("status_with_biz_opaque_callback_data.json") == Status(
        phone_number_id="300000000000001",
        message_id="wamid.HRhvdXQtMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw",
        status="sent",
        at_ms=1_794_700_525_000,
        recipient_id="15550111111",
        recipient_user_id="US.71491208655302741918",
        callback_data="t=42;c=9001;r=123456",
        error_code=None,
        error_title=None,
        error_details=None,
        pricing={
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "marketing",
        },
    )


@pytest.mark.parametrize(
    ("name", "code", "title", "details"),
    [
        (
            "status_failed_131026_undeliverable.json",
            131026,
            "Message undeliverable",
            "Message Undeliverable.",
        ),
        (
            "status_failed_error_without_details_or_href.json",
            131026,
            "Message undeliverable",
            None,
        ),
    ],
)
def test_failed_status(name: str, code: int, title: str, details: str | None) -> None:
    """A failure carries Meta's code and words, as far as Meta gives them."""
    status = _one(name)
    assert status.status == "failed"
    assert (status.error_code, status.error_title, status.error_details) == (code, title, details)


def test_hidden_phone() -> None:
    """People whose phone is hidden are known by their user id, in statuses and messages alike."""
    status = _one("status_bsuid_only_delivered.json")
    assert (status.recipient_id, status.recipient_user_id) == (None, "US.71491208655302741918")
    message = _one("in_contacts_from_request_contact_info_bsuid.json")
    assert (message.from_phone, message.from_user_id) == (None, "US.71491208655302741918")


def test_text_message() -> None:
    """A text carries who wrote it, by E.164 number, user id and profile name."""
    message = _one("in_text.json")
    assert isinstance(message, Inbound)
    assert message.from_phone == "+15550111111"
    assert message.from_user_id == "US.71491208655302741918"
    assert message.profile_name == "Ana Example"
    assert message.text == "Hello, is the blue one in stock?"
    assert message.raw["type"] == "text"
    assert message.opens_window


def test_profile_name_where_phone_and_wa_id_differ() -> None:
    """A Brazilian number whose `wa_id` lacks a digit still gets its profile's name."""
    message = _one("in_text_wa_id_differs_from_phone_brazil.json")
    assert (message.from_phone, message.profile_name) == ("+5511955501234", "Bia")


def test_profile_names_are_matched_not_aligned() -> None:
    """With several contacts a name is found by id, whatever the order, and is never guessed."""
    common = {"timestamp": "1794700000", "type": "text", "text": {"body": "x"}}
    raw = _messages(
        contacts=[
            {"wa_id": "2", "user_id": "US.2", "profile": {"name": "Two"}},
            {"wa_id": "1", "profile": {"name": "One"}},
        ],
        messages=[
            {"id": "a", "from": "1", **common},
            {"id": "b", "from": "9", "from_user_id": "US.2", **common},
            {"id": "c", "from": "3", **common},
        ],
    )
    names = [e.profile_name for e in parse_delivery(raw).events if isinstance(e, Inbound)]
    assert names == ["One", "Two", ""]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("in_image.json", None),
        ("in_audio_voice_note.json", "[voice message]"),
        ("in_sticker_static.json", "[sticker]"),
        ("in_button_template_quick_reply.json", None),
        ("in_reaction_removed_emoji_empty.json", "[reaction removed]"),
        ("in_message_without_type_field.json", "[unknown]"),
        ("in_unsupported_without_subobject.json", "[unsupported]"),
        ("in_revoke.json", "[deleted message]"),
        ("in_edit_image_caption.json", "[edited] Updated caption"),
        ("in_interactive_nfm_reply_flow.json", None),
        ("in_document_no_filename_unknown_mime.json", "[document]"),
    ],
)
def test_inbox_text(name: str, text: str | None) -> None:
    """Every type of message shows something that a person can read."""
    shown = _one(name).text
    assert shown.strip()
    if text is not None:
        assert shown == text


def test_window_is_not_opened_by_whatsapp_itself() -> None:
    """A system message is no message of a person; a reaction is."""
    assert not _one("in_system_user_changed_user_id_no_phone.json").opens_window
    assert _one("in_reaction_added.json").opens_window


def test_reply_names_what_it_answers() -> None:
    """A quoted reply and a tapped quick reply name the message that they answer."""
    assert _one("in_text_reply_context.json").context_message_id.startswith("wamid.")
    assert _one("in_button_template_quick_reply.json").context_message_id.startswith("wamid.")


def test_group_message_is_kept_apart() -> None:
    """What somebody writes in a group does not land in the thread with that person."""
    assert _one("in_group_text.json").kind == "group message"


def test_batch_over_accounts() -> None:
    """One delivery may carry events of several numbers, hence of several tenants."""
    numbers = [e.phone_number_id for e in _events("batch_two_wabas.json")]  # type: ignore[union-attr]
    assert len(set(numbers)) == 2


def test_template_events() -> None:
    """A verdict carries Meta's id as text, the language as we write it, reason and time."""
    event = _one("template_status_rejected_with_rejection_info.json")
    assert event == TemplateStatus(
        waba_id="200000000000001",
        meta_template_id="700000000000001",
        name="winter_sale",
        language="en_US",
        event="REJECTED",
        reason="INVALID_FORMAT: Variable placed next to another variable.",
        at_ms=1_794_700_000_000,
        category="MARKETING",
        recommendation="Put text between variables.",
    )
    assert _one("template_status_paused_first.json").pause == "FIRST_PAUSE"
    flagged = _one("template_status_flagged_disable_date_as_text.json")
    assert flagged.disabled_on == "April 17, 2026"
    assert _one("template_status_pending_deletion_reason_null.json").reason is None
    hyphen = _one("template_status_approved_language_with_hyphen_no_category.json")
    assert (hyphen.language, hyphen.category) == ("en_US", None)


def test_template_id_beyond_53_bits() -> None:
    """A template id that JavaScript could not hold is kept digit by digit."""
    value = {"event": "APPROVED", "message_template_id": 9_007_199_254_740_993}
    raw = _delivery(value, "message_template_status_update")
    (event,) = parse_delivery(raw).events
    assert isinstance(event, TemplateStatus)
    assert event.meta_template_id == "9007199254740993"
    assert event.at_ms is None


def test_quality_update_under_the_wrong_field_name() -> None:
    """Meta's own sample of a quality update names the status field: told apart by its keys."""
    value = {"new_quality_score": "RED", "message_template_id": 7}
    (event,) = parse_delivery(_delivery(value, "message_template_status_update")).events
    assert isinstance(event, TemplateQuality)
    assert (event.score, event.meta_template_id) == ("RED", "7")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_malformed(raw: bytes) -> None:
    """Only a body that is not a JSON object at all is refused."""
    with pytest.raises(MalformedDelivery):
        parse_delivery(raw)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "x",
        [],
        {},
        {"id": "w", "status": "sent"},
        {"id": "w", "status": "sent", "timestamp": "soon"},
        {"id": "w", "status": "sent", "timestamp": "9" * 5000},
        {"id": "", "status": "sent", "timestamp": "1"},
        {"id": ["w"], "status": {}, "timestamp": 1},
        {"id": "w", "status": "sent", "timestamp": True},
        {"id": "w", "status": "sent", "timestamp": -1},
    ],
)
def test_one_bad_status_drops_no_other(bad: Any) -> None:
    """A status that cannot be read is kept and counted; its neighbours are read."""
    good = {"id": "w", "status": "sent", "timestamp": "1794700000"}
    delivery = parse_delivery(_messages(statuses=[good, bad, good]))
    assert [type(e) for e in delivery.events] == [Status, Unhandled, Status]
    assert delivery.kept == 1


def test_half_a_surrogate_pair_can_be_stored() -> None:
    """A lone surrogate, which JSON can carry and UTF-8 cannot, becomes a question mark."""
    raw = _messages(
        contacts=[{"wa_id": "1", "profile": {"name": "A\ud83d"}}],
        messages=[
            {"id": "a", "from": "1", "timestamp": "1", "type": "text", "text": {"body": "x\udfff"}}
        ],
    )
    (event,) = parse_delivery(raw).events
    assert isinstance(event, Inbound)
    assert (event.profile_name, event.text) == ("A?", "x?")


def test_sender_without_any_identity_is_kept() -> None:
    """A message from nobody (an empty `from`, no user id) cannot be filed and is counted."""
    raw = _messages(messages=[{"id": "a", "from": "", "timestamp": "1", "type": "text"}])
    assert parse_delivery(raw).kept == 1


_SAMPLES = [json.loads((PAYLOADS / name).read_text()) for name in FILES if "250" not in name]
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys: Any = ()
    if isinstance(node, dict):
        keys = list(node)
    elif isinstance(node, list):
        keys = range(len(node))
    for key in keys:
        yield node, key
        yield from _places(node[key])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutations_never_raise(data: st.DataObject) -> None:
    """Whatever stands anywhere in a delivery in place of what Meta sends, nothing is raised."""
    payload = copy.deepcopy(data.draw(st.sampled_from(_SAMPLES)))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(_places(payload))))
        holder[key] = data.draw(_JUNK)
    delivery = parse_delivery(json.dumps(payload).encode())
    assert delivery.kept <= len(delivery.events)
    for event in delivery.events:
        if isinstance(event, Inbound):
            assert event.from_phone or event.from_user_id
            assert event.text
            event.text.encode()


def test_other_members_are_kept() -> None:
    """Value-level errors, broken entries and changes, and empty values are counted, each once."""
    (error,) = parse_delivery(_messages(errors=[{"code": 130429, "title": "Too fast"}])).events
    assert error == NumberError("2", "3", 130429, "Too fast", None)
    assert parse_delivery(_messages(errors=[{"code": "soon"}])).kept == 1
    assert parse_delivery(_messages()).kept == 1
    assert parse_delivery(_delivery([1])).kept == 1
    assert parse_delivery(b'{"entry": [7, {"id": "2", "changes": [7]}]}').kept == 2
    value = {"event": "APPROVED", "message_template_id": None}
    assert parse_delivery(_delivery(value, "message_template_status_update")).kept == 1


@pytest.mark.parametrize(
    "field",
    [
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
    ],
)
def test_what_befalls_a_group(field: str) -> None:
    """Each update of a group is an event of its own, with the group's id and its time."""
    value = {
        "metadata": {"phone_number_id": "3"},
        "groups": [{"group_id": "Y2FwaV9n", "type": "group_create", "timestamp": "1794700000"}, 7],
    }
    delivery = parse_delivery(_delivery(value, field))
    assert delivery.events[0] == GroupUpdate("3", "Y2FwaV9n", "group_create", 1_794_700_000_000)
    assert delivery.kept == 1


def test_handover_of_a_conversation() -> None:
    """That another app has the conversation is an event, with the kind and the time."""
    value = {
        "metadata": {"phone_number_id": "3"},
        "type": "control_passed",
        "timestamp": "1794700000",
    }
    (event,) = parse_delivery(_delivery(value, "messaging_handovers")).events
    assert event == Handover("3", "control_passed", 1_794_700_000_000)


def test_echo_of_another_app() -> None:
    """What another app sent from the number is what the WhatsApp Business app's own echo is."""
    payload = json.loads((PAYLOADS / "smb_message_echoes_text.json").read_text())
    payload["entry"][0]["changes"][0]["field"] = "message_echoes"
    (event,) = parse_delivery(json.dumps(payload).encode()).events
    assert isinstance(event, Past)
    assert (event.is_outgoing, event.text) == (True, "Typed on the phone by the owner")
    hidden = payload["entry"][0]["changes"][0]["value"]["message_echoes"][0]
    del hidden["to"]
    hidden["to_user_id"] = "US.1"
    (event,) = parse_delivery(json.dumps(payload).encode()).events
    assert isinstance(event, Past)
    assert (event.phone, event.user_id) == (None, "US.1")


def test_end_of_a_call() -> None:
    """A person's call that ended tells how long it was; one of the business is only counted."""
    call = {
        "id": "wacid.1",
        "from_user_id": "US.1",
        "event": "terminate",
        "timestamp": "1794700000",
        "direction": "USER_INITIATED",
        "duration": 61,
    }
    calls = [call, {**call, "direction": "BUSINESS_INITIATED"}]
    value = {"metadata": {"phone_number_id": "3"}, "calls": calls}
    theirs, ours = parse_delivery(_delivery(value, "calls")).events
    assert isinstance(theirs, Inbound)
    assert (theirs.from_user_id, theirs.text) == ("US.1", "[call ended after 61 s]")
    assert ours == CallStatus("3", "wacid.1", "TERMINATE", 1_794_700_000_000)


def test_changed_identity_is_kept_with_its_hash() -> None:
    """That a person's identity has changed is no message of theirs; its hash is in the content."""
    message = {
        "id": "wamid.1",
        "from": "15550111111",
        "timestamp": "1794700000",
        "type": "system",
        "system": {"type": "customer_identity_changed", "body": "Identity changed"},
        "identity": {"acknowledged": True, "created_timestamp": "1794700000", "hash": "DF2lS5v2"},
    }
    (event,) = parse_delivery(_messages(messages=[message])).events
    assert isinstance(event, Inbound)
    assert (event.text, event.opens_window) == ("Identity changed", False)
    assert json.loads(event.content or "")["identity"]["hash"] == "DF2lS5v2"


@pytest.mark.parametrize("field", ["business_username_update", "business_username_updates"])
def test_username_under_both_names(field: str) -> None:
    """Meta names the field in the singular and in the plural."""
    value = {"display_phone_number": "15550100001", "username": "@acme", "status": "Approved"}
    (event,) = parse_delivery(_delivery(value, field)).events
    assert event == NumberUsername("2", "15550100001", "acme", "approved", None)


@pytest.mark.parametrize(
    "field",
    ["standby", "automatic_events", "tracking_events", "consumer_profile", "a_field_of_2027"],
)
def test_fields_that_nothing_acts_upon_are_kept(field: str) -> None:
    """A field that Parley does not know is kept whole and counted, under its name."""
    value = {"metadata": {"phone_number_id": "3"}, "anything": [1]}
    delivery = parse_delivery(_delivery(value, field))
    assert delivery.events == (Unhandled("2", field, field, value),)
    assert delivery.kept == 1


def test_odd_errors_of_a_failed_status() -> None:
    """A failure whose errors are not as documented stays a failure, without a code."""
    odd: tuple[Any, ...] = ([], {}, ["x"], [{"code": "131026"}], [{"code": True}])
    for errors in odd:
        item = {"id": "w", "status": "failed", "timestamp": "1", "errors": errors}
        (event,) = parse_delivery(_messages(statuses=[item])).events
        assert isinstance(event, Status)
        assert (event.status, event.error_code) == ("failed", None)


_TIMING = """
import sys, time
from pathlib import Path
from chalicelib.whatsapp.webhooks import parse_delivery

raw = Path(sys.argv[1]).read_bytes()
times = []
for _ in range(10):
    start = time.perf_counter()
    parse_delivery(raw)
    times.append(time.perf_counter() - start)
print(min(times) / 250)
"""


def test_reading_is_fast() -> None:
    """A status costs less than 30 µs to read, so that 1,000 in a POST keep nobody waiting."""
    # In a process of its own, because measuring coverage would be measured as well.
    command = [sys.executable, "-c", _TIMING, str(PAYLOADS / "statuses_batch_250.json")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert float(done.stdout) < 30e-6
