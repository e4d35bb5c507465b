"""The team over the API: invitations, roles, and who may do what to whom."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.core.tokens import read_access_token
from chalicelib.services import passwords, team
from chalicelib.services.rate_limits import Limit
from chalicelib.storage import users as user_storage
from chalicelib.storage.tenants import TenantRow, UserRow, find_owner, get_tenant
from chalicelib.storage.users import Users
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.mailbox import mails
from tests.component.members import PASSWORD, Member, joined, register, sign_in, sign_up

BOB = "bob@bakery.example"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 4)


@pytest.fixture
def ada(api: ApiClient, clock: SettableClock) -> Member:
    """Give an owner who is signed in and has verified their e-mail."""
    return sign_up(api)


def test_invited_and_joined(api: ApiClient, ada: Member) -> None:
    """An invited person is in the list, joins by the mail's link, and has the role of it."""
    invited = ada.call("POST", "/api/users", json={"email": BOB.upper(), "role": "agent"})
    assert invited.status == 201
    assert (invited.body["state"], invited.body["email"]) == ("invited", BOB)
    assert sign_in(api, BOB).status == 401
    mail = mails(BOB)[-1]
    assert mail.subject == "Join Bakery on Parley"
    body = {"token": mail.token, "name": "Bob", "password": PASSWORD}
    bob = Member(api, api.acting_as(None).post("/api/auth/join", json=body))
    assert bob.body["tenant"]["id"] == ada.body["tenant"]["id"]
    assert read_access_token(bob.body["access_token"]).role == "agent"
    assert bob.body["user"]["is_email_verified"]
    again = api.acting_as(None).post("/api/auth/join", json=body)
    assert (again.status, again.body["code"]) == (422, "link_expired")
    listed = {u["email"]: u for u in ada.call("GET", "/api/users").body["items"]}
    assert listed[BOB] == bob.body["user"]
    assert sign_in(api, BOB).status == 200


@pytest.mark.parametrize("field", ["role", "tenant_id", "email", "state"])
def test_who_joins_chooses_only_name_and_password(api: ApiClient, ada: Member, field: str) -> None:
    """Role, business and e-mail are the invitation's; sending others is refused."""
    ada.call("POST", "/api/users", json={"email": BOB, "role": "viewer"})
    body = {"token": mails(BOB)[-1].token, "name": "Bob", "password": PASSWORD, field: "owner"}
    answer = api.acting_as(None).post("/api/auth/join", json=body)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    patch = ada.call("PATCH", f"/api/users/{ada.id}", json={"role": "owner", "tenant_id": "x"})
    assert patch.status == 422


def test_an_invitation_can_be_taken_back(api: ApiClient, ada: Member) -> None:
    """Once removed its link leads nowhere."""
    invited = ada.call("POST", "/api/users", json={"email": BOB, "role": "viewer"})
    token = mails(BOB)[-1].token
    assert ada.call("DELETE", f"/api/users/{invited.body['id']}").status == 204
    body = {"token": token, "name": "Bob", "password": PASSWORD}
    assert api.acting_as(None).post("/api/auth/join", json=body).status == 422
    assert find_owner("email", BOB) is None


def test_somebody_with_an_account_elsewhere(api: ApiClient, ada: Member) -> None:
    """Inviting does not tell whether an e-mail has an account; its reader is told when joining."""
    eve = sign_up(api, "eve@evil.example")
    invited = eve.call("POST", "/api/users", json={"email": "ada@bakery.example", "role": "viewer"})
    assert invited.status == 201
    body = {"token": mails("ada@bakery.example")[-1].token, "name": "Ada", "password": PASSWORD}
    answer = api.acting_as(None).post("/api/auth/join", json=body)
    assert (answer.status, answer.body["code"]) == (409, "email_taken")
    owner = find_owner("email", "ada@bakery.example")
    assert owner is not None
    assert owner.entity_id == ada.id


def test_who_may_invite(api: ApiClient, ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with a verified e-mail, a role there is, nobody twice, and not without end."""
    monkeypatch.setattr(team, "INVITATIONS_PER_TENANT", Limit("invitations", 1, 86_400))

    def invite(email: str, role: str = "viewer") -> tuple[int, str]:
        answer = ada.call("POST", "/api/users", json={"email": email, "role": role})
        return answer.status, answer.body.get("code", "")

    assert invite("ada@bakery.example") == (409, "already_member")
    assert invite(BOB, "captain") == (422, "validation_failed")
    assert invite(BOB) == (201, "")
    assert invite(BOB)[0] == 429
    user = UserRow.get(ada.body["tenant"]["id"], ada.id)
    user.update(actions=[UserRow.email_verified_at.remove()])
    assert invite(BOB) == (409, "email_not_verified")


def test_header_injection(api: ApiClient, clock: SettableClock) -> None:
    """A business's name cannot bring a header or a line of its own into a mail's subject."""
    body = {
        "business_name": "Bakery\r\nBcc: all@evil.example",
        "name": "Ada",
        "email": "ada@bakery.example",
        "password": PASSWORD,
    }
    ada = Member(api, register(api, body))
    ada.call("POST", "/api/users", json={"email": BOB, "role": "viewer"})
    assert mails(BOB)[-1].subject == "Join Bakery Bcc: all@evil.example on Parley"


def test_the_last_owner_stays(api: ApiClient, ada: Member) -> None:
    """The only owner can be neither removed nor demoted; with a second one either can."""
    for method, options in (("DELETE", {}), ("PATCH", {"json": {"role": "viewer"}})):
        answer = ada.call(method, f"/api/users/{ada.id}", **options)
        assert (answer.status, answer.body["code"]) == (409, "last_owner")
    bob = joined(ada, api, BOB, "owner")
    assert get_tenant(ada.body["tenant"]["id"]).owners == 2
    demoted = bob.call("PATCH", f"/api/users/{ada.id}", json={"role": "viewer"})
    assert (demoted.status, demoted.body["role"]) == (200, "viewer")
    assert bob.call("DELETE", f"/api/users/{bob.id}").body["code"] == "last_owner"
    promoted = bob.call("PATCH", f"/api/users/{ada.id}", json={"role": "owner"})
    assert promoted.status == 200
    assert bob.call("DELETE", f"/api/users/{bob.id}").status == 204
    assert (bob.refresh(), sign_in(api, BOB).status) == (204, 401)
    assert get_tenant(ada.body["tenant"]["id"]).owners == 1
    assert find_owner("email", BOB) is None


def test_an_invited_owner_is_none_yet(api: ApiClient, ada: Member) -> None:
    """Somebody who has not joined does not let the last owner go."""
    ada.call("POST", "/api/users", json={"email": BOB, "role": "owner"})
    assert ada.call("DELETE", f"/api/users/{ada.id}").body["code"] == "last_owner"


def test_two_owners_remove_each_other_at_once(api: ApiClient, ada: Member) -> None:
    """Both have read two owners; only one of the two removals is written."""
    bob = joined(ada, api, BOB, "owner")
    users = Users(ada.body["tenant"]["id"])
    rows = [users.get(ada.id), users.get(bob.id)]
    users.remove(rows[0])
    with pytest.raises(Conflict) as caught:
        users.remove(rows[1])
    assert caught.value.code == "last_owner"
    assert TenantRow.get(ada.body["tenant"]["id"]).owners == 1


def test_a_change_that_was_overtaken(api: ApiClient, ada: Member) -> None:
    """Who decides on an old reading of a user is told, and nothing is counted twice."""
    bob = joined(ada, api, BOB, "owner")
    users = Users(ada.body["tenant"]["id"])
    stale = users.get(bob.id)
    users.set_role(users.get(bob.id), "viewer")
    with pytest.raises(Conflict) as caught:
        users.set_role(stale, "agent")
    assert caught.value.code == "user_changed"
    assert get_tenant(ada.body["tenant"]["id"]).owners == 1
    assert user_storage.OWNER == "owner"


def test_nobody_reaches_above_themselves(api: ApiClient, ada: Member) -> None:
    """An admin makes, changes and removes no owner; a manager none of them."""
    admin = joined(ada, api, "admin@bakery.example", "admin")
    manager = joined(ada, api, "manager@bakery.example", "manager")
    assert admin.call("PATCH", f"/api/users/{admin.id}", json={"role": "owner"}).status == 403
    assert admin.call("PATCH", f"/api/users/{ada.id}", json={"role": "viewer"}).status == 403
    assert admin.call("DELETE", f"/api/users/{ada.id}").status == 403
    assert admin.call("POST", "/api/users", json={"email": BOB, "role": "owner"}).status == 403
    assert admin.call("POST", "/api/users", json={"email": BOB, "role": "admin"}).status == 201
    assert manager.call("POST", "/api/users", json={"email": BOB, "role": "viewer"}).status == 403
    assert manager.call("GET", "/api/users").status == 200


CLERK = {"name": "clerk", "permissions": ["contacts:read", "users:read"]}


class TestRoles:
    """Roles of the business's own."""

    def test_whole_way(self, api: ApiClient, ada: Member) -> None:
        """A role that is made can be given, holds what it says, and nothing once it is gone."""
        made = ada.call("PUT", "/api/roles", json={"items": [CLERK]})
        assert made.status == 200
        assert made.body["items"][-1] == {**CLERK, "is_built_in": False}
        bob = joined(ada, api, BOB, "clerk")
        assert bob.call("GET", "/api/contacts").status == 200
        assert bob.call("GET", "/api/campaigns").status == 403
        assert bob.call("GET", "/api/auth/me").body["permissions"] == CLERK["permissions"]
        assert ada.call("PUT", "/api/roles", json={"items": []}).status == 200
        bob.refresh()
        assert bob.call("GET", "/api/contacts").status == 403

    @pytest.mark.parametrize(
        ("role", "field"),
        [
            ({"name": "owner", "permissions": ["contacts:read"]}, "items.0.name"),
            ({"name": "Clerk", "permissions": ["contacts:read"]}, "items.0.name"),
            ({"name": "clerk", "permissions": ["moon:read"]}, "items.0.permissions"),
            ({"name": "clerk", "permissions": []}, "items.0.permissions"),
        ],
    )
    def test_refused(self, ada: Member, role: dict[str, object], field: str) -> None:
        """A built-in name, an unknown permission and an empty role are refused by field."""
        answer = ada.call("PUT", "/api/roles", json={"items": [role]})
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)

    def test_no_way_up(self, api: ApiClient, ada: Member) -> None:
        """An admin cannot make a role that may do more than they, nor take part in it."""
        admin = joined(ada, api, "admin@bakery.example", "admin")
        boss = {"name": "boss", "permissions": ["tenant:write"]}
        assert admin.call("PUT", "/api/roles", json={"items": [boss]}).status == 403
        assert ada.call("PUT", "/api/roles", json={"items": [boss]}).status == 200
        assert admin.call("PUT", "/api/roles", json={"items": []}).status == 403
        change = {"role": "boss"}
        assert admin.call("PATCH", f"/api/users/{admin.id}", json=change).status == 403


def test_list_in_pages(api: ApiClient, ada: Member) -> None:
    """Every member comes once; a cursor that was made up or is another's is refused."""
    for n in range(4):
        ada.call("POST", "/api/users", json={"email": f"{n}@b.example", "role": "viewer"})
    found, cursor = [], None
    while True:
        params: dict[str, str | int] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ada.call("GET", "/api/users", params=params).body
        found += [u["id"] for u in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        eve = sign_up(api, f"eve{len(found)}@evil.example")
        stolen = eve.call("GET", "/api/users", params={"cursor": cursor})
        assert (stolen.status, stolen.body["code"]) == (422, "invalid_cursor")
        for forged in ("x", f"{cursor}x", "e30=.AAAAAAAAAAAAAAAA", f"e30={cursor[4:]}", "."):
            assert ada.call("GET", "/api/users", params={"cursor": forged}).status == 422
    assert len(found) == len(set(found)) == 5
