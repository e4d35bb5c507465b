"""Embedded Signup and the setup of numbers, over moto and the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import aws as cloud
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.secrets import platform_secrets
from chalicelib.storage.accounts import Accounts, account_token, find_account
from chalicelib.storage.numbers import Numbers, access_token, find_number
from sandbox.model import Number
from tests.component.api_client import Answer, ApiClient
from tests.component.cloud import SECRET
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer

PIN = "246810"


@pytest.fixture(autouse=True)
def _app(graph: GraphServer) -> Iterator[None]:
    """Have Parley be the sandbox's own app."""
    fixture = graph.fixture
    secret = SECRET | {"meta_app_id": fixture.app_id, "meta_app_secrets": [fixture.app_secret]}
    secrets = cloud.client("secretsmanager")
    secrets.put_secret_value(SecretId=settings().secret_id, SecretString=json.dumps(secret))
    platform_secrets.cache_clear()
    yield
    secrets.put_secret_value(SecretId=settings().secret_id, SecretString=json.dumps(SECRET))
    platform_secrets.cache_clear()


def began(graph: GraphServer, **body: Any) -> dict[str, str]:
    """Do the browser's part; return what it has to send."""
    answer = graph.http.post("/sandbox/signups", json=body)
    assert answer.status_code == 200, answer.text
    made = dict(answer.json())
    kind = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING" if body.get("is_on_biz_app") else "FINISH"
    return {"event": kind, **made}


def finish(api: ApiClient, body: dict[str, Any], **changes: Any) -> Answer:
    """Send what the browser has; None leaves a field out."""
    merged = body | changes
    return api.post("/api/numbers/signup", json={k: v for k, v in merged.items() if v is not None})


def at_meta(graph: GraphServer, body: dict[str, str]) -> Number:
    """Return the sandbox's number of a signup."""
    return graph.simulation.world.numbers[body["phone_number_id"]]


def steps(number: dict[str, Any]) -> dict[str, str]:
    """Return the steps of a number's setup and their states."""
    return {step["step"]: step["state"] for step in number["setup"]}


def test_signup_ends_ready_to_send(graph: GraphServer, api: ApiClient, ctx: TenantContext) -> None:
    """Code to token, account, subscription, number and registration, with a PIN shown once."""
    body = began(graph)
    answer = finish(api, body)
    assert answer.status == 200, answer.text
    assert answer.body["outcome"] == "connected"
    assert answer.body["message"] == "Connected and ready to send."
    (number,) = answer.body["numbers"]
    assert (number["state"], number["problems"]) == ("green", [])
    assert steps(number) == {"subscribe": "done", "register": "done"}
    meta = at_meta(graph, body)
    assert (meta.status, meta.pin) == ("CONNECTED", number["pin"])
    assert graph.simulation.world.wabas[body["waba_id"]].subscribed
    account = answer.body["account"]
    assert (account["waba_id"], account["business_id"]) == (body["waba_id"], body["business_id"])
    assert (account["state"], account["currency"], account["has_token"]) == ("green", "USD", True)
    row = Numbers(ctx).get(number["id"])
    token = access_token(row)
    assert token == account_token(Accounts(ctx).get(body["waba_id"]))
    assert token in graph.simulation.world.tokens
    assert token not in answer.text
    assert row.pin_ciphertext is not None
    assert meta.pin.encode() not in row.pin_ciphertext
    looked_at = api.get(f"/api/numbers/{number['id']}")
    assert meta.pin not in looked_at.text


def test_code_works_once(graph: GraphServer, api: ApiClient) -> None:
    """A used, expired or invented code is an error of its field that says what to do."""
    body = began(graph)
    assert finish(api, body).status == 200
    again = finish(api, body)
    assert (again.status, again.body["code"]) == (422, "signup_refused")
    assert again.body["errors"][0]["field"] == "code"
    assert "begin the signup again" in again.body["detail"]
    late = began(graph)
    graph.simulation.world.codes[late["code"]].expires_at = 0.0
    assert finish(api, late).body["errors"][0]["field"] == "code"
    assert finish(api, late, code="AQinvented").status == 422


def test_account_that_the_login_does_not_reach(graph: GraphServer, api: ApiClient) -> None:
    """Ids that the browser was not given are refused, by Meta's word on the token; none is kept."""
    body = began(graph)
    foreign = graph.fixture.waba_id
    answer = finish(api, body, waba_id=foreign)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "waba_id")
    assert "whatsapp_business_management" in answer.body["detail"]
    assert find_account(foreign) is None
    assert find_account(body["waba_id"]) is None


def test_account_is_found_by_the_token(graph: GraphServer, api: ApiClient) -> None:
    """Without ids, where the window's message was lost, the token's only account is meant."""
    body = began(graph)
    answer = finish(api, body, waba_id=None, phone_number_id=None, business_id=None)
    assert answer.body["account"]["waba_id"] == body["waba_id"]
    assert len(answer.body["numbers"]) == 1


def test_account_of_another_tenant(
    graph: GraphServer, api: ApiClient, other_ctx: TenantContext
) -> None:
    """409 for an account that somebody else has; theirs stays theirs."""
    body = began(graph)
    finish(api, body)
    second = began(graph, waba_id=body["waba_id"])
    answer = finish(api.acting_as(other_ctx), second)
    assert (answer.status, answer.body["code"]) == (409, "account_taken")
    with pytest.raises(NotFound):
        Accounts(other_ctx).get(body["waba_id"])


def test_number_that_has_a_pin(graph: GraphServer, api: ApiClient, ctx: TenantContext) -> None:
    """A PIN that somebody set before: the number says so, and the right one finishes the setup."""
    body = began(graph, pin=PIN)
    (number,) = finish(api, body).body["numbers"]
    assert (number["state"], number["pin"]) == ("red", None)
    (problem,) = [one for one in number["problems"] if one["source"] == "setup"]
    assert problem["code"] == 133005
    assert "PIN" in problem["next_step"]
    assert Numbers(ctx).get(number["id"]).pin_ciphertext is None
    path = f"/api/numbers/{number['id']}/register"
    wrong = api.post(path, json={"pin": "111111"})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "pin")
    right = api.post(path, json={"pin": PIN})
    assert (right.status, right.body["state"], right.body["pin"]) == (200, "green", None)
    assert finish(api, began(graph, pin=PIN), pin=PIN).body["numbers"][0]["state"] == "green"
    for bad in ("12345", "12345a", "１２３４５６"):
        assert api.post(path, json={"pin": bad}).status == 422


def test_coexistence_hands_over_and_is_never_registered(graph: GraphServer, api: ApiClient) -> None:
    """A number of the WhatsApp Business app: contacts and history once each, no registration."""
    body = began(graph, is_on_biz_app=True)
    (number,) = finish(api, body).body["numbers"]
    done = {"subscribe": "done", "smb_app_state_sync": "done", "history": "done"}
    assert steps(number) == done
    assert (number["is_on_biz_app"], number["messages_per_s"]) == (True, 20)
    meta = at_meta(graph, body)
    assert meta.synced == ["smb_app_state_sync", "history"]
    assert (meta.pin, meta.registrations) == ("", [])
    refused = api.post(f"/api/numbers/{number['id']}/deregister")
    assert (refused.status, refused.body["code"]) == (409, "coexistence_number")


def test_coexistence_that_comes_late(graph: GraphServer, api: ApiClient) -> None:
    """After 24 hours Meta refuses; the number works all the same, and says what is missing."""
    body = began(graph, is_on_biz_app=True)
    at_meta(graph, body).onboarded_at -= 25 * 3600
    at_meta(graph, body).synced = ["smb_app_state_sync"]
    (number,) = finish(api, body).body["numbers"]
    assert steps(number)["smb_app_state_sync"] == "done"
    assert steps(number)["history"] == "failed"
    assert number["state"] == "yellow"
    assert [one["code"] for one in number["problems"]] == [2593108]


def test_account_without_a_number(graph: GraphServer, api: ApiClient) -> None:
    """FINISH_ONLY_WABA connects the account; a number added later is brought in by a sync."""
    body = began(graph)
    number = graph.simulation.world.numbers.pop(body["phone_number_id"])
    answer = finish(api, body, event="FINISH_ONLY_WABA", phone_number_id=None)
    assert (answer.body["outcome"], answer.body["numbers"]) == ("account_only", [])
    graph.simulation.world.add_number(number)
    synced = api.post(f"/api/accounts/{body['waba_id']}/sync")
    assert [one["state"] for one in synced.body["numbers"]] == ["green"]
    again = api.post(f"/api/accounts/{body['waba_id']}/sync")
    assert [one["id"] for one in again.body["numbers"]] == [synced.body["numbers"][0]["id"]]
    detail = api.get(f"/api/accounts/{body['waba_id']}").body
    assert [one["phone_number_id"] for one in detail["numbers"]] == [number.id]


def test_account_that_is_given_up(
    graph: GraphServer, api: ApiClient, other_ctx: TenantContext
) -> None:
    """An account without numbers can be disconnected, and then connected by anybody; not before."""
    body = began(graph)
    number = graph.simulation.world.numbers.pop(body["phone_number_id"])
    finish(api, body, event="FINISH_ONLY_WABA", phone_number_id=None)
    path = f"/api/accounts/{body['waba_id']}"
    assert api.delete(path).status == 204
    assert not graph.simulation.world.wabas[body["waba_id"]].subscribed
    assert api.delete(path).status == 204
    assert api.get("/api/accounts").body["items"] == []
    assert api.get(path).body["state"] == "disconnected"
    refused = api.post(f"{path}/sync")
    assert (refused.status, refused.body["code"]) == (409, "no_token")
    graph.simulation.world.add_number(number)
    other = api.acting_as(other_ctx)
    assert finish(other, began(graph, waba_id=body["waba_id"])).body["outcome"] == "connected"
    held = other.delete(path)
    assert (held.status, held.body["code"]) == (409, "account_in_use")


def test_signup_again_renews_every_number(
    graph: GraphServer, api: ApiClient, ctx: TenantContext
) -> None:
    """A token that stopped working is replaced for all numbers of the account, not for one."""
    body = began(graph)
    second = graph.http.post("/sandbox/numbers", json={"waba_id": body["waba_id"]}).json()
    numbers = finish(api, body, phone_number_id=None).body["numbers"]
    assert len(numbers) == 2
    world = graph.simulation.world
    old = next(t for t in world.tokens.values() if body["waba_id"] in t.waba_ids)
    for number in numbers:
        Numbers(ctx).note_token(number["id"], "Session has expired", None)
    again = began(graph, waba_id=body["waba_id"], access_token="EAArenewed")
    old.expires_at = 1.0
    assert len(finish(api, again, phone_number_id=second["phone_number_id"]).body["numbers"]) == 2
    listed = api.get("/api/numbers").body["items"]
    assert [one["token_error"] for one in listed] == [None, None]
    assert {access_token(Numbers(ctx).get(one["id"])) for one in listed} == {"EAArenewed"}


def test_signup_that_was_left(graph: GraphServer, api: ApiClient) -> None:
    """CANCEL connects nothing and says so; one that Meta ended carries the id for its support."""
    left = finish(api, {"event": "CANCEL", "current_step": "PHONE_NUMBER_SETUP"})
    assert left.body["outcome"] == "cancelled"
    assert "PHONE_NUMBER_SETUP" in left.body["message"]
    ended = finish(
        api, {"event": "CANCEL", "error_message": "Sorry.", "error_id": "524126", "session_id": "s"}
    )
    assert "524126" in ended.body["message"]
    assert api.get("/api/accounts").body["items"] == []
    assert finish(api, {"event": "FINISH", "waba_id": "2000001"}).status == 422


def test_app_that_is_not_set_up(graph: GraphServer, api: ApiClient) -> None:
    """A wrong secret of Parley's own app is the operator's matter, not the user's input."""
    body = began(graph)
    graph.simulation.world.app.secret = "another"
    answer = finish(api, body)
    assert (answer.status, answer.body["code"]) == (502, "signup_app_refused")


def test_config_for_the_browser(
    graph: GraphServer, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser is given the app and the configuration, and no secret."""
    answer = api.get("/api/numbers/signup-config")
    assert (answer.body["is_available"], answer.body["config_id"]) == (False, None)
    monkeypatch.setenv("META_CONFIG_ID", "777")
    settings.cache_clear()
    answer = api.get("/api/numbers/signup-config")
    expected = {
        "is_available": True,
        "app_id": graph.fixture.app_id,
        "config_id": "777",
        "graph_version": "v26.0",
    }
    assert answer.body == expected


def test_new_number_is_verified_and_registered(
    graph: GraphServer, api: ApiClient, ctx: TenantContext
) -> None:
    """Add a phone number to an account, have a code sent, enter it: the number is ready."""
    account = finish(api, began(graph)).body["account"]["waba_id"]
    path = f"/api/accounts/{account}/numbers"
    wanted = {"phone": "+493012345678", "verified_name": "Acme Berlin"}
    made = api.post(path, json=wanted)
    assert made.status == 201, made.text
    assert (made.body["status"], made.body["state"]) == ("PENDING", "red")
    again = api.post(path, json=wanted)
    assert (again.status, again.body["id"]) == (201, made.body["id"])
    number = f"/api/numbers/{made.body['id']}"
    early = api.post(f"{number}/register", json={})
    assert early.body["code"] == "whatsapp_133006"
    meta = graph.simulation.world.numbers[made.body["phone_number_id"]]
    sent = api.post(f"{number}/request-code", json={"code_method": "SMS", "language": "de_DE"})
    assert sent.status == 204
    assert api.post(f"{number}/verify-code", json={"code": "000001"}).status == 422
    code = meta.verification_code
    verified = api.post(f"{number}/verify-code", json={"code": f"{code[:3]}-{code[3:]}"})
    assert verified.status == 200, verified.text
    assert steps(verified.body)["register"] == "done"
    assert (meta.status, meta.pin) == ("CONNECTED", verified.body["pin"])
    # Both again: Meta says that it is verified already, which is what was wanted.
    assert api.post(f"{number}/request-code", json={"code_method": "VOICE"}).status == 204
    assert api.post(f"{number}/verify-code", json={"code": "123456"}).status == 200
    assert api.post(path, json=wanted | {"phone": "+1"}).status == 422
    assert find_number(meta.id) is not None
    assert Numbers(ctx).get(made.body["id"]).waba_id == account


def test_deregister_and_back(graph: GraphServer, api: ApiClient) -> None:
    """A number taken off the Cloud API is red and can be registered again, with the PIN kept."""
    body = began(graph)
    (number,) = finish(api, body).body["numbers"]
    path = f"/api/numbers/{number['id']}"
    assert api.post(f"{path}/pin", json={"pin": PIN}).status == 200
    assert at_meta(graph, body).pin == PIN
    off = api.post(f"{path}/deregister")
    assert (off.body["status"], off.body["state"]) == ("DISCONNECTED", "red")
    assert at_meta(graph, body).status == "DISCONNECTED"
    assert api.post(f"{path}/deregister").status == 200
    back = api.post(f"{path}/register", json={})
    assert (back.body["state"], back.body["pin"]) == ("green", PIN)


def test_registered_too_often(graph: GraphServer, api: ApiClient) -> None:
    """Meta's eleventh registration in 72 hours is refused, and the number says how long."""
    body = began(graph)
    (number,) = finish(api, body).body["numbers"]
    path = f"/api/numbers/{number['id']}/register"
    answers = [api.post(path, json={"pin": number["pin"]}) for _ in range(10)]
    assert [answer.status for answer in answers[:9]] == [200] * 9
    assert answers[9].body["code"] == "whatsapp_133016"
    assert "72 hours" in answers[9].body["detail"]


def test_dead_token_of_an_account_turns_it_red(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, clock: SettableClock
) -> None:
    """An account whose own token Meta refuses says so, and is green again once it works."""
    body = began(graph)
    finish(api, body, event="FINISH_ONLY_WABA", phone_number_id=None)
    path = f"/api/accounts/{body['waba_id']}"
    for row in Numbers(ctx).of_account(body["waba_id"]):
        Numbers(ctx).note_token(row.id, "Session has expired", row.token_ciphertext)
    tokens = graph.simulation.world.tokens.values()
    token = next(t for t in tokens if body["waba_id"] in t.waba_ids)
    token.expires_at = 1.0
    clock.advance(61)
    account = api.get(path).body
    assert account["state"] == "red"
    (notice,) = [one for one in account["notices"] if one["matter"] == "token"]
    assert "refuses Parley's access" in notice["text"]
    assert "Embedded Signup" in notice["next_step"]
    token.expires_at = 0.0
    clock.advance(61)
    assert [one["matter"] for one in api.get(path).body["notices"]] == []


def test_share_that_is_taken_away(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, clock: SettableClock
) -> None:
    """A business that removes Parley turns its account red, until the token reaches it again."""
    body = began(graph)
    finish(api, body)
    waba_id = body["waba_id"]
    token = next(t for t in graph.simulation.world.tokens.values() if waba_id in t.waba_ids)
    token.expires_at = 1.0
    removed = {"event": "PARTNER_REMOVED"}
    Accounts(ctx).note(Accounts(ctx).get(waba_id), "partner", removed, clock.now_ms())
    account = api.get(f"/api/accounts/{waba_id}").body
    assert account["state"] == "red"
    assert "no longer shares" in account["notices"][0]["text"]
    assert account["reports"]["partner"] == removed
    clock.advance(61)
    token.expires_at = 0.0
    assert api.get(f"/api/accounts/{waba_id}").body["state"] == "green"
