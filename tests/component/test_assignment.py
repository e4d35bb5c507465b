"""Agents who are limited to their own conversations: what they see, and what does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.services import passwords
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.conversations import EXAMINED, Conversations
from chalicelib.storage.messages import MessageRow
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.members import Member, joined, sign_up

LIMITED = ["conversations:read", "conversations:write"]
INBOX = "/api/conversations"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 4)


@dataclass(frozen=True)
class Team:
    """An owner; an agent limited to their own; one who also sees what is nobody's; customers."""

    owner: Member
    own: Member
    open: Member
    customers: list[str]

    def assign(self, customer: int, to: Member | None, by: Member | None = None) -> int:
        """Assign a conversation; return the status."""
        body = {"assignee_id": None if to is None else to.id}
        path = f"{INBOX}/{self.customers[customer]}"
        return (by or self.owner).call("PATCH", path, json=body).status

    def inbox(self, member: Member, **query: str) -> list[int]:
        """Return which customers somebody's inbox lists."""
        answer = member.call("GET", INBOX, params=query)
        assert answer.status == 200, answer.body
        return [self.customers.index(item["contact_id"]) for item in answer.body["items"]]


def wrote(ctx: TenantContext, contact_id: str, at_ms: int) -> None:
    """Have a customer write."""
    contacts, conversations = Contacts(ctx), Conversations(ctx)
    row = MessageRow(
        f"{ctx.tenant_id}#{contact_id}",
        f"msg_{at_ms:026d}",
        direction="in",
        type="text",
        text="Hello",
        at=at_ms,
    )
    assert conversations.receive(row, contacts.get(contact_id), "num_x", opens_window=True)


@pytest.fixture
def team(api: ApiClient, clock: SettableClock) -> Team:
    """Give a team with three customers who wrote, the first one first."""
    owner = sign_up(api)
    roles = [
        {"name": "own", "permissions": LIMITED},
        {"name": "open", "permissions": [*LIMITED, "conversations:unassigned"]},
    ]
    assert owner.call("PUT", "/api/roles", json={"items": roles}).status == 200
    members = [joined(owner, api, f"{name}@bakery.example", name) for name in ("own", "open")]
    ctx = TenantContext(owner.body["tenant"]["id"], owner.id, "owner", "req_test")
    customers = []
    for number in range(3):
        draft = ContactDraft(phone=f"+1415555010{number}", name=f"Customer {number}")
        contact = Contacts(ctx).create(draft, clock.now_ms())
        wrote(ctx, contact.id, clock.now_ms() + number * 1000)
        customers.append(contact.id)
    return Team(owner, members[0], members[1], customers)


def test_lists_hold_what_somebody_sees(team: Team) -> None:
    """All for the owner; nobody's, mine or a colleague's by filter; own alone if limited."""
    assert team.assign(0, team.own) == 200
    assert team.assign(1, team.open) == 200
    assert team.inbox(team.owner) == [2, 1, 0]
    assert team.inbox(team.owner, assignee="nobody") == [2]
    assert team.inbox(team.owner, assignee=team.own.id) == [0]
    assert team.inbox(team.owner, assignee="me") == []
    assert team.inbox(team.own) == team.inbox(team.own, assignee="me") == [0]
    assert team.inbox(team.open) == [1]
    assert team.inbox(team.open, assignee="nobody") == [2]
    for wanted in ("nobody", team.open.id):
        refused = team.own.call("GET", INBOX, params={"assignee": wanted})
        assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert team.own.call("GET", INBOX, params={"assignee": "somebody"}).status == 422


def test_others_conversations_do_not_exist(team: Team) -> None:
    """Every route of a conversation that is not theirs is 404 for a limited agent, and changes
    nothing; their own is theirs, until it is taken away.
    """
    assert team.assign(0, team.own) == 200
    media = "messages/msg_00000000000000000000000000/media"
    routes: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"state": "resolved"}),
        ("PATCH", "", {"assignee_id": team.own.id}),
        ("GET", "/messages", None),
        ("POST", "/messages", {"text": "Hello"}),
        ("POST", "/read", {}),
        ("GET", f"/{media}", None),
        ("POST", f"/{media}", None),
    ]
    for method, path, body in routes:
        foreign = team.own.call(method, f"{INBOX}/{team.customers[1]}{path}", json=body)
        assert foreign.status == 404, (method, path)
    assert team.inbox(team.owner, assignee="nobody") == [2, 1]
    mine = f"{INBOX}/{team.customers[0]}"
    assert team.own.call("GET", mine).body["assignee_id"] == team.own.id
    assert len(team.own.call("GET", f"{mine}/messages").body["items"]) == 1
    assert team.assign(0, team.open) == 200
    assert team.own.call("GET", mine).status == 404


def test_taking_and_handing_over(team: Team) -> None:
    """Who sees what is nobody's takes it; who has one hands it over or back; only members who may
    read conversations can have one.
    """
    assert team.assign(1, team.open, by=team.open) == 200
    assert team.assign(1, team.own, by=team.open) == 200
    assert team.assign(1, team.open, by=team.open) == 404
    assert team.assign(1, None, by=team.own) == 200
    assert team.inbox(team.open, assignee="nobody") == [2, 1, 0]
    path = f"{INBOX}/{team.customers[1]}"
    for wrong in ("usr_" + "0" * 26, "nobody", ""):
        answer = team.owner.call("PATCH", path, json={"assignee_id": wrong})
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "assignee_id")


def test_assignment_stays_when_the_customer_writes(team: Team, clock: SettableClock) -> None:
    """A new message, and another state, change nothing of whose it is; the order is by activity."""
    assert team.assign(0, team.own) == team.assign(1, team.own) == 200
    ctx = TenantContext(team.owner.body["tenant"]["id"], team.owner.id, "owner", "req_test")
    wrote(ctx, team.customers[0], clock.now_ms() + 60_000)
    assert team.inbox(team.own) == [0, 1]
    path = f"{INBOX}/{team.customers[1]}"
    assert team.own.call("PATCH", path, json={"state": "resolved"}).status == 200
    assert team.inbox(team.own) == [0]
    assert team.inbox(team.own, state="resolved") == [1]


def test_pages_of_an_assignee(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages joined give each once, also where many that do not fit lie between; a cursor is good
    for its own list only.
    """
    for customer in range(3):
        assert team.assign(customer, team.own) == 200
    path = f"{INBOX}/{team.customers[1]}"
    assert team.owner.call("PATCH", path, json={"state": "resolved"}).status == 200
    assert EXAMINED >= 200
    monkeypatch.setattr("chalicelib.storage.conversations.EXAMINED", 2)
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(5):
        page = team.own.call("GET", INBOX, params={"limit": 1, **cursor}).body
        found += [item["contact_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == [team.customers[2], team.customers[0]]
    assert team.open.call("GET", INBOX, params={"limit": 1, **cursor}).status == 422


def test_keys_see_what_their_scopes_say(team: Team) -> None:
    """A key is nobody: with `conversations:all` it sees all, without it none."""
    for scopes, expected in (([*LIMITED, "conversations:all"], 3), (LIMITED, 0)):
        made = team.owner.call("POST", "/api/api-keys", json={"name": "Bot", "scopes": scopes})
        bearer = {"Authorization": f"Bearer {made.body['key']}"}
        assert len(team.own.call("GET", INBOX, headers=bearer).body["items"]) == expected


def test_merged_conversation_keeps_its_agent(team: Team) -> None:
    """Where a customer turns out to be two contacts, whose thread it was stays theirs."""
    assert team.assign(1, team.own) == 200
    ctx = TenantContext(team.owner.body["tenant"]["id"], team.owner.id, "owner", "req_test")
    kept = Contacts(ctx).create(ContactDraft(phone="+14155550199"), 1)
    Conversations(ctx).absorb(kept, team.customers[1])
    assert Conversations(ctx).get(kept.id).assignee_id == team.own.id
    Conversations(ctx).absorb(Contacts(ctx).get(team.customers[0]), team.customers[1])
    assert Conversations(ctx).get(team.customers[0]).assignee_id == team.own.id
