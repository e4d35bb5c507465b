"""A business and its operator over the API: settings, plans, suspension, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.permissions import OPERATE
from chalicelib.services import passwords
from chalicelib.storage.audit import Audit, AuditRow, read_event
from chalicelib.storage.tenants import get_tenant
from chalicelib.storage.usage import UsageRow
from infra import operators
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.members import Member, joined, sign_in, sign_up
from tests.component.test_second_factor import enrol

OPERATOR = "root@platform.example"
SETTINGS = "/api/tenants/current"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 4)


@pytest.fixture
def ada(api: ApiClient, clock: SettableClock) -> Member:
    """Give the owner of a business."""
    return sign_up(api)


@pytest.fixture
def root(api: ApiClient, clock: SettableClock) -> Member:
    """Give an operator of the platform, who has a business too."""
    member = sign_up(api, OPERATOR)
    enrol(member, clock)
    assert operators.main(["grant", OPERATOR]) == 0
    return member


def tenant_of(member: Member) -> str:
    """Return the id of somebody's business."""
    return str(member.body["tenant"]["id"])


def suspend(root: Member, ada: Member, reason: str = "An invoice is open.") -> None:
    """Suspend a business."""
    path = f"/api/tenants/{tenant_of(ada)}/suspend"
    assert root.call("POST", path, json={"reason": reason}).status == 200


def limit(root: Member, ada: Member, **limits: int | None) -> None:
    """Give a business exceptions from its plan."""
    path = f"/api/tenants/{tenant_of(ada)}"
    answer = root.call("PATCH", path, json={"limits": limits})
    assert answer.status == 200, answer.body


def records(tenant_id: str) -> list[AuditRow]:
    """Return a tenant's trail."""
    return list(Audit(TenantContext(tenant_id, "", "", "")).all_in_order())


def test_settings_are_read_and_changed(ada: Member) -> None:
    """What is named changes, the rest stays, null takes away, and the version counts."""
    first = ada.call("GET", SETTINGS)
    assert (first.body["name"], first.body["version"], first.headers["etag"]) == (
        "Bakery", 0, '"0"',
    )  # fmt: skip
    wanted = {
        "name": "Bakery & Co", "country": "DE", "time_zone": "Europe/Berlin", "language": "pt_BR",
        "contact_email": "Office@Bakery.example",
    }  # fmt: skip
    changed = ada.call("PATCH", SETTINGS, json=wanted)
    assert changed.status == 200, changed.body
    assert {name: changed.body[name] for name in wanted} == wanted | {
        "contact_email": "office@bakery.example"
    }
    assert changed.headers["etag"] == '"1"'
    again = ada.call("PATCH", SETTINGS, json={"language": None})
    assert (again.body["language"], again.body["time_zone"]) == (None, "Europe/Berlin")
    assert ada.call("GET", "/api/auth/me").body["tenant"]["name"] == "Bakery & Co"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("language", "klingon"),
        ("country", "ZZ"),
        ("country", "de"),
        ("name", ""),
        ("name", None),
        ("contact_email", "nobody"),
        ("plan", "unlimited"),
        ("suspended_at", None),
        ("limits", {"users": 5}),
    ],
)
def test_wrong_settings_are_named(ada: Member, field: str, value: Any) -> None:
    """A wrong value, and what a business cannot set itself, is refused by its field's name."""
    answer = ada.call("PATCH", SETTINGS, json={field: value})
    assert answer.status == 422
    assert field in {error["field"] for error in answer.body["errors"]}
    assert ada.call("GET", SETTINGS).body["version"] == 0


def test_stale_settings_do_not_overwrite(ada: Member) -> None:
    """With the ETag of an older version nothing is written, and the answer says to read again."""
    tag = ada.call("GET", SETTINGS).headers["etag"]
    assert ada.call("PATCH", SETTINGS, json={"name": "A"}, headers={"If-Match": tag}).status == 200
    for stale in (tag, '"x"', "W/1", '"99999999999999999999"'):
        answer = ada.call("PATCH", SETTINGS, json={"name": "B"}, headers={"If-Match": stale})
        assert (answer.status, answer.body["code"]) == (412, "precondition_failed")
    assert ada.call("PATCH", SETTINGS, json={"name": "C"}, headers={"If-Match": "*"}).status == 200
    assert ada.call("GET", SETTINGS).body["name"] == "C"


def test_admin_reads_and_owner_writes(ada: Member, api: ApiClient) -> None:
    """Settings belong to the owner; an admin sees them, and what is used."""
    admin = joined(ada, api, "ben@bakery.example", "admin")
    assert admin.call("GET", SETTINGS).status == 200
    assert admin.call("GET", "/api/tenants/usage").body["users"]["used"] == 2
    assert admin.call("PATCH", SETTINGS, json={"name": "Mine"}).status == 403


def test_nobody_is_an_operator_by_role(ada: Member, root: Member) -> None:
    """Owners get 403 on every operator's route, whatever their role; /me says who is one."""
    for method, path, body in (
        ("GET", "/api/tenants", None),
        ("GET", f"/api/tenants/{tenant_of(root)}", None),
        ("PATCH", f"/api/tenants/{tenant_of(ada)}", {"plan": "unlimited"}),
        ("POST", f"/api/tenants/{tenant_of(root)}/suspend", {"reason": "Revenge"}),
        ("POST", f"/api/tenants/{tenant_of(ada)}/resume", None),
    ):
        answer = ada.call(method, path, json=body)
        assert (answer.status, answer.body["code"]) == (403, "forbidden"), path
    assert OPERATE not in ada.call("GET", "/api/auth/me").body["permissions"]
    assert OPERATE in root.call("GET", "/api/auth/me").body["permissions"]


def test_operator_cannot_be_made_over_the_api(ada: Member, root: Member) -> None:
    """Neither a role nor an API key of an operator can hold what makes an operator."""
    role = {"items": [{"name": "root", "permissions": [OPERATE]}]}
    assert root.call("PUT", "/api/roles", json=role).status == 422
    key = root.call("POST", "/api/api-keys", json={"name": "Root", "scopes": [OPERATE]})
    assert key.status == 422
    full = root.call("POST", "/api/api-keys", json={"name": "All", "scopes": ["tenant:read"]})
    bearer = {"Authorization": f"Bearer {full.body['key']}"}
    assert root.call("GET", "/api/tenants", headers=bearer).status == 403


def test_operator_needs_a_second_factor(
    ada: Member, api: ApiClient, clock: SettableClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one nobody is made an operator, and who switches it off is none any more."""
    email = str(ada.body["user"]["email"])
    assert operators.main(["grant", email]) == 2
    assert "second factor" in capsys.readouterr().err
    app, _ = enrol(ada, clock)
    assert operators.main(["grant", email]) == 0
    assert ada.call("GET", "/api/tenants").status == 200
    off = ada.call("PUT", "/api/auth/totp", json={"is_enabled": False, "code": app.code()})
    assert off.status == 200
    assert ada.call("GET", "/api/tenants").status == 403


def test_revoked_operator_is_none_at_once(root: Member, capsys: pytest.CaptureFixture[str]) -> None:
    """The token that was handed out is good for nothing there any more; both are in the trail."""
    assert operators.main(["revoke", OPERATOR]) == 0
    assert root.call("GET", "/api/tenants").status == 403
    actions = [read_event(row)["action"] for row in records(tenant_of(root))]
    assert {"grant_operator", "revoke_operator"} <= set(actions)
    assert operators.main(["grant", "nobody@example.com"]) == 2
    assert "nobody has an account" in capsys.readouterr().err


def test_operator_lists_all_businesses(root: Member, ada: Member) -> None:
    """All of them, newest first, page by page, and nothing of their people."""
    found, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = root.call("GET", "/api/tenants", params=params).body
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert {tenant_of(ada), tenant_of(root)} <= set(found)
    assert len(found) == len(set(found))
    text = root.call("GET", f"/api/tenants/{tenant_of(ada)}").text
    assert str(ada.body["user"]["email"]) not in text
    for missing in ("ten_nothing", "ten_" + "0" * 26):
        assert root.call("GET", f"/api/tenants/{missing}").status == 404


def test_operators_changes_are_in_both_trails(root: Member, ada: Member) -> None:
    """The business reads who did what to it and what it was before, but not from where."""
    limit(root, ada, users=7)
    suspend(root, ada)
    theirs = records(tenant_of(ada))
    events = {read_event(row)["action"]: (read_event(row), row.details or "") for row in theirs}
    for action in ("update_tenant", "suspend_tenant"):
        event, details = events[action]
        assert (event["role"], event["actor_id"], event["source_ip"]) == ("operator", root.id, "")
        assert "before" in details
        assert "after" in details
    assert "An invoice is open." in events["suspend_tenant"][1]
    own = {read_event(row)["action"]: read_event(row) for row in records(tenant_of(root))}
    assert own["suspend_tenant"]["source_ip"] != ""
    assert own["suspend_tenant"]["targets"] == {"tenant_id": tenant_of(ada)}


def test_suspension_closes_what_changes(root: Member, ada: Member, api: ApiClient) -> None:
    """At once and with the token that is held: reading, exports and one's own sign-in stay open."""
    key = ada.call(
        "POST",
        "/api/api-keys",
        json={"name": "Shop", "scopes": ["contacts:read", "contacts:write"]},
    ).body["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    contact = {"phone": "+14155550101", "name": "Cleo"}
    suspend(root, ada)
    for headers in ({}, bearer):
        answer = ada.call("POST", "/api/contacts", json=contact, headers=headers)
        assert (answer.status, answer.body["code"]) == (403, "tenant_suspended")
        assert "An invoice is open." in answer.body["detail"]
        assert ada.call("GET", "/api/contacts", headers=headers).status == 200
    assert ada.call("PATCH", SETTINGS, json={"name": "Free"}).status == 403
    assert ada.call("POST", "/api/contacts/exports", json={}).status == 202
    me = ada.call("GET", "/api/auth/me").body
    assert me["tenant"]["suspension"]["reason"] == "An invoice is open."
    assert sign_in(api).status == 200
    assert ada.call("DELETE", "/api/auth/sessions/ses_none").status == 404
    resumed = root.call("POST", f"/api/tenants/{tenant_of(ada)}/resume")
    assert resumed.body["tenant"]["suspension"] is None
    assert ada.call("POST", "/api/contacts", json=contact, headers=bearer).status == 201


def test_suspending_twice_or_oneself(root: Member, ada: Member) -> None:
    """Both are conflicts, as is resuming what is not suspended; the first reason stays."""
    suspend(root, ada)
    path = f"/api/tenants/{tenant_of(ada)}"
    again = root.call("POST", f"{path}/suspend", json={"reason": "Another reason"})
    assert (again.status, again.body["code"]) == (409, "already_suspended")
    assert get_tenant(tenant_of(ada)).suspended_reason == "An invoice is open."
    own = f"/api/tenants/{tenant_of(root)}"
    assert root.call("POST", f"{own}/suspend", json={"reason": "Myself"}).status == 409
    assert root.call("POST", f"{own}/resume").body["code"] == "not_suspended"


def test_plan_and_exceptions(root: Member, ada: Member) -> None:
    """An exception stands over the plan until it is taken back; a stale If-Match writes nothing."""
    path = f"/api/tenants/{tenant_of(ada)}"
    first = root.call("PATCH", path, json={"plan": "starter", "limits": {"users": 9}})
    assert (first.body["limits"]["users"], first.body["limits"]["contacts"]) == (9, 1000)
    assert first.body["exceptions"] == {"users": 9}
    tag = first.headers["etag"]
    back = root.call("PATCH", path, json={"limits": {"users": None}}, headers={"If-Match": tag})
    assert back.body["limits"]["users"] == 3
    stale = root.call("PATCH", path, json={"plan": "growth"}, headers={"If-Match": tag})
    assert stale.status == 412
    for wrong in ({"plan": "gold"}, {"limits": {"users": -1}}, {"limits": {"cats": 1}}):
        assert root.call("PATCH", path, json=wrong).status == 422
    assert ada.call("GET", "/api/tenants/usage").body["plan"] == "starter"


def test_users_and_keys_keep_their_limits(root: Member, ada: Member, api: ApiClient) -> None:
    """One more is refused with limit, use and what to do; what is removed makes room."""
    limit(root, ada, users=2, api_keys=1)
    ben = {"email": "ben@bakery.example", "role": "agent"}
    invited = ada.call("POST", "/api/users", json=ben)
    refused = ada.call("POST", "/api/users", json={**ben, "email": "cleo@bakery.example"})
    assert (refused.status, refused.body["code"]) == (409, "plan_limit_reached")
    assert "allows 2 users" in refused.body["detail"]
    assert "In use: 2" in refused.body["detail"]
    assert ada.call("DELETE", f"/api/users/{invited.body['id']}").status == 204
    assert ada.call("POST", "/api/users", json=ben).status == 201
    key = {"name": "Shop", "scopes": ["contacts:read"]}
    made = ada.call("POST", "/api/api-keys", json=key)
    assert ada.call("POST", "/api/api-keys", json=key).body["code"] == "plan_limit_reached"
    assert ada.call("DELETE", f"/api/api-keys/{made.body['id']}").status == 204
    assert ada.call("DELETE", f"/api/api-keys/{made.body['id']}").status == 404
    used = ada.call("GET", "/api/tenants/usage").body
    assert used["api_keys"] == {"used": 0, "limit": 1, "remaining": 1}
    assert used["users"] == {"used": 2, "limit": 2, "remaining": 0}


def test_contacts_keep_their_limit(root: Member, ada: Member) -> None:
    """The one too many is refused and leaves nothing; deleting frees room; who is known counts no
    second time.
    """
    limit(root, ada, contacts=2)
    phones = ["+14155550101", "+14155550102", "+14155550103"]
    made = [ada.call("POST", "/api/contacts", json={"phone": phone}) for phone in phones]
    assert [answer.status for answer in made] == [201, 201, 409]
    assert made[2].body["code"] == "plan_limit_reached"
    again = ada.call("POST", "/api/contacts", json={"phone": phones[0]})
    assert again.body["code"] == "contact_exists"
    assert len(ada.call("GET", "/api/contacts").body["items"]) == 2
    assert ada.call("DELETE", f"/api/contacts/{made[0].body['id']}").status == 204
    assert ada.call("POST", "/api/contacts", json={"phone": phones[2]}).status == 201
    assert ada.call("GET", "/api/tenants/usage").body["contacts"]["used"] == 2


def test_recount_mends_the_counters(root: Member, ada: Member) -> None:
    """A business that is older than its counters is counted from what it has."""
    ada.call("POST", "/api/contacts", json={"phone": "+14155550101"})
    for row in UsageRow.query(tenant_of(ada)):
        row.delete()
    assert ada.call("GET", "/api/tenants/usage").body["contacts"]["used"] == 0
    assert operators.main(["recount", tenant_of(ada)]) == 0
    used = ada.call("GET", "/api/tenants/usage").body
    assert (used["contacts"]["used"], used["users"]["used"]) == (1, 1)
    assert operators.main(["recount", "ten_nothing"]) == 2
