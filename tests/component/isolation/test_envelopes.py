"""A queue's message whose tenant and ids disagree changes nothing of either tenant.

Nobody outside can write one; a defect could, and it must end in the dead letters, not in the wrong
business.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues import imports, inbound, mail, media, plan, send, tenant
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench
from tests.component.isolation.conftest import envelope_of, everything, nothing_changes
from tests.component.isolation.test_foreign_ids import ids
from tests.component.mailbox import mails, waiting
from tests.component.members import PASSWORD

__all__ = ["ids"]

HANDLERS: dict[str, Callable[[dict[str, Any], Any], dict[str, Any]]] = {
    "plan": plan.handler,
    "send": send.handler,
    "inbound": inbound.handler,
    "imports": imports.handler,
    "media": media.handler,
    "mail": mail.handler,
    "tenant": tenant.handler,
}
PERSON = {"phone": "+15557770999", "user_id": None, "name": "Eve"}
_AT = {"at_ms": 1_795_000_000_000}


def _past(ids: Mapping[str, str]) -> dict[str, Any]:
    event = {
        **PERSON,
        **_AT,
        "is_outgoing": False,
        "is_history": False,
        "status": None,
        "message_id": "wamid.past",
        "type": "text",
        "text": "Hi",
        "media": None,
    }
    return {"number_id": ids["number_id"], "events": [event]}


# By queue and type: what the envelope names, all of it the other tenant's.
ENVELOPES: dict[tuple[str, str], Callable[[Mapping[str, str]], dict[str, Any]]] = {
    ("plan", "plan"): lambda ids: {"campaign_id": ids["campaign_id"], "part": 0, "cursor": None},
    ("plan", "gather"): lambda ids: {"campaign_id": ids["campaign_id"], "run": None},
    ("plan", "dry"): lambda ids: {
        "campaign_id": ids["campaign_id"],
        "run": "r1",
        "part": 0,
        "cursor": None,
    },
    ("plan", "tick"): lambda ids: {"campaign_id": ids["campaign_id"], "tick": 1},
    ("plan", "recount"): lambda ids: {"campaign_id": ids["campaign_id"], "run": "r1"},
    ("plan", "launch"): lambda ids: {"campaign_id": ids["campaign_id"], "schedule": "s1"},
    ("plan", "retry"): lambda ids: {
        "campaign_id": ids["campaign_id"],
        "generation": 1,
        "part": 0,
    },
    ("send", "send"): lambda ids: {
        "campaign_id": ids["campaign_id"],
        "chunk_id": ids["chunk_id"],
        "slot_ms": None,
    },
    ("inbound", "inbound"): lambda ids: {
        "number_id": ids["number_id"],
        "opens_window": True,
        "message": {
            "from_phone": PERSON["phone"],
            "from_user_id": None,
            "profile_name": "Eve",
            "message_id": "wamid.forged",
            **_AT,
            "type": "text",
            "text": "Hi",
            "context_message_id": None,
        },
    },
    ("inbound", "past"): _past,
    ("inbound", "contacts"): lambda ids: {
        "number_id": ids["number_id"],
        "events": [{**PERSON, "action": "add"}],
    },
    ("inbound", "preference"): lambda ids: {
        "number_id": ids["number_id"],
        "event": {**PERSON, **_AT, "is_stopped": True},
        "received_ms": _AT["at_ms"],
    },
    ("inbound", "failure"): lambda ids: {
        "number_id": ids["number_id"],
        "contact_id": ids["contact_id"],
        "event": {**PERSON, **_AT, "code": 131050, "message_id": "wamid.x"},
    },
    ("inbound", "account"): lambda ids: {
        "kind": "AccountDeleted",
        "event": {"waba_id": ids["waba_id"], **_AT},
        "received_ms": _AT["at_ms"],
    },
    ("inbound", "number_error"): lambda ids: {
        "number_id": ids["number_id"],
        "event": {"code": 130429, **_AT},
        "received_ms": _AT["at_ms"],
    },
    ("inbound", "template"): lambda ids: {"template_id": ids["template_id"]},
    ("inbound", "blocked"): lambda ids: {
        "number_id": ids["number_id"],
        "campaign_id": ids["campaign_id"],
        "code": 131042,
        **_AT,
    },
    ("imports", "import"): lambda ids: {"import_id": ids["import_id"]},
    ("imports", "export"): lambda ids: {"export_id": ids["export_id"]},
    ("media", "media"): lambda ids: {
        "contact_id": ids["contact_id"],
        "message_id": ids["message_id"],
        "number_id": ids["number_id"],
        "media": {"id": "600", "mime_type": "text/plain", "state": "pending"},
    },
    ("mail", "link"): lambda ids: {"purpose": "reset", "user_id": ids["user_id"]},
    ("mail", "signup"): lambda ids: {"signup_id": ids["signup_id"]},
    ("mail", "notice"): lambda ids: {
        "notice": "deletion_requested",
        "user_id": ids["user_id"],
        "due_at": _AT["at_ms"],
    },
    ("tenant", "export"): lambda ids: {"export_id": ids["tenant_export_id"]},
    ("tenant", "stop"): lambda _: {"request": "del_x"},
    ("tenant", "delete"): lambda _: {"request": "del_x"},
    ("tenant", "erase"): lambda _: {"request": "del_x"},
    ("tenant", "forget"): lambda ids: {"contact_id": ids["get_contact_erasure"], "walk": None},
}


def _handle(queue: str, envelope: Mapping[str, Any]) -> None:
    record = {"messageId": "m1", "body": json.dumps(envelope)}
    answer = HANDLERS[queue]({"Records": [record]}, None)
    # Refused, to be looked at in the dead letters, or found to be about nothing; never half done.
    assert answer in ({"batchItemFailures": []}, {"batchItemFailures": [{"itemIdentifier": "m1"}]})


def test_every_type_is_tried() -> None:
    """Each type that a consumer knows is tried below."""
    consumers: dict[str, Any] = {
        queue: getattr(handler, "__wrapped__", handler) for queue, handler in HANDLERS.items()
    }
    known = {(queue, kind) for queue, one in consumers.items() for kind in one.handles}
    assert known == set(ENVELOPES)


@pytest.mark.parametrize(("queue", "kind"), sorted(ENVELOPES), ids=str)
def test_ids_of_another_tenant(
    bench: Bench,
    other_ctx: TenantContext,
    api: ApiClient,
    ids: dict[str, str],
    queue: str,
    kind: str,
) -> None:
    """An envelope in one tenant's name with the other's ids leaves both as they are."""
    foreign = {**ids, "chunk_id": _a_chunk(bench), "signup_id": _a_sign_up(api)}
    mailed = len(mails())
    sent = bench.meta.http.get("/sandbox/counts").json()
    envelope = {"v": 1, "type": kind, "tenant_id": other_ctx.tenant_id}
    with nothing_changes((queue, kind)):
        _handle(queue, {**envelope, **ENVELOPES[queue, kind](foreign)})
    assert bench.meta.http.get("/sandbox/counts").json() == sent
    assert len(mails()) == mailed


def _a_sign_up(api: ApiClient) -> str:
    """Return the id of somebody's sign-up that waits for its link to be followed."""
    body = {"business_name": "B", "name": "N", "email": "n@b.example", "password": PASSWORD}
    assert api.acting_as(None).post("/api/auth/register", json=body).status == 202
    (signup_id,) = [one["signup_id"] for one in waiting() if one["type"] == "signup"]
    return signup_id


def _a_chunk(bench: Bench) -> str:
    chunks = bench.chunks()
    return chunks[0].chunk_id if chunks else "000000"


def test_the_same_in_the_owner_s_name_is_done(bench: Bench, ids: dict[str, str]) -> None:
    """What is refused above is done where tenant and ids agree, so that it is about the tenant."""
    own = {"v": 1, "type": "inbound", "tenant_id": bench.ctx.tenant_id}
    before = everything()
    _handle("inbound", {**own, **envelope_of(bench.number, "+15557770999", "wamid.good")})
    assert everything() != before


def test_a_tenant_that_is_not_there(bench: Bench, ids: dict[str, str]) -> None:
    """An envelope of a tenant that nobody is, or of none, with ids that exist: nothing changes."""
    foreign = {**ids, "chunk_id": _a_chunk(bench), "signup_id": "sup_x"}
    for tenant_id in ("ten_" + "0" * 26, "", "../ten_x", None, 7, [bench.ctx.tenant_id]):
        for (queue, kind), make in ENVELOPES.items():
            envelope = {"v": 1, "type": kind, "tenant_id": tenant_id, **make(foreign)}
            with nothing_changes((queue, kind, tenant_id)):
                _handle(queue, envelope)


def test_versions_that_nobody_knows(bench: Bench, ids: dict[str, str]) -> None:
    """An envelope of another version, a type of another queue, or no JSON at all is kept."""
    name = bench.ctx.tenant_id
    bodies = [
        json.dumps({"v": 2, "type": "plan", "tenant_id": name}),
        json.dumps({"v": 1, "type": "no-such", "tenant_id": name}),
        json.dumps({"v": 1, "type": ["plan"], "tenant_id": name}),
        json.dumps([name]),
        "{",
        "[" * 100_000,
    ]
    for queue, handler in HANDLERS.items():
        for body in bodies:
            with nothing_changes((queue, body[:60])):
                answer = handler({"Records": [{"messageId": "m1", "body": body}]}, None)
            assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
