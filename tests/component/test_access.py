"""Passwords, links by mail, and where somebody is signed in, over the API."""

from __future__ import annotations

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.services import access, passwords
from chalicelib.services.rate_limits import Limit
from chalicelib.storage.mail_tokens import MailTokenRow
from chalicelib.storage.tenants import UserRow
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.mailbox import deliver, mails, waiting
from tests.component.members import COOKIE, EMAIL, PASSWORD, Member, sign_in, sign_up

NEW = "another horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 4)


@pytest.fixture
def ada(api: ApiClient, clock: SettableClock) -> Member:
    """Give an owner who is signed in and has verified their e-mail."""
    ada = sign_up(api)
    clock.advance(1)
    return ada


def ask(api: ApiClient, purpose: str, email: str) -> int:
    """Ask for a mail."""
    body = {"purpose": purpose, "email": email}
    return api.acting_as(None).post("/api/auth/links", json=body).status


def reset(api: ApiClient, token: str, password: str = NEW) -> tuple[int, str]:
    """Set another password by a token; return status and code."""
    body = {"token": token, "password": password}
    answer = api.acting_as(None).post("/api/auth/password/reset", json=body)
    return answer.status, (answer.body or {}).get("code", "")


class TestSessions:
    """The list, and ending one or all."""

    def test_list(self, api: ApiClient, ada: Member, clock: SettableClock) -> None:
        """Each place where a user is signed in is there, with browser, address and times."""
        sign_in(api, headers={"User-Agent": "Firefox" * 100}, source_ip="198.51.100.1")
        newest, first = ada.call("GET", "/api/auth/sessions").body["items"]
        assert first["is_current"]
        assert not newest["is_current"]
        assert newest["source_ip"] == "198.51.100.1"
        assert newest["user_agent"].startswith("Firefox")
        assert len(newest["user_agent"]) == 300
        assert newest["created_at"] == "2026-11-23T12:00:01.000Z"

    def test_end_one(self, api: ApiClient, ada: Member) -> None:
        """A session that its user ends cannot be refreshed; another's is not found."""
        phone = Member(api, sign_in(api))
        eve = sign_up(api, "eve@evil.example")
        (phone_id,) = [
            s["id"]
            for s in ada.call("GET", "/api/auth/sessions").body["items"]
            if not s["is_current"]
        ]
        assert eve.call("DELETE", f"/api/auth/sessions/{phone_id}").status == 404
        assert ada.call("DELETE", f"/api/auth/sessions/{phone_id}").status == 204
        assert ada.call("DELETE", f"/api/auth/sessions/{phone_id}").status == 404
        assert phone.refresh() == 204
        assert ada.refresh() == 200

    def test_sign_out_everywhere(self, api: ApiClient, ada: Member, clock: SettableClock) -> None:
        """All sessions end, also one that the list's index does not show yet; a new one works."""
        phone = Member(api, sign_in(api))
        clock.advance(1)
        answer = ada.call("POST", "/api/auth/logout", params={"everywhere": "true"})
        assert answer.status == 204
        assert (ada.refresh(), phone.refresh()) == (204, 204)
        clock.advance(1)
        again = Member(api, sign_in(api))
        (only,) = again.call("GET", "/api/auth/sessions").body["items"]
        assert only["is_current"]
        assert again.refresh() == 200

    def test_a_replaced_token_ends_only_its_own(
        self, api: ApiClient, ada: Member, clock: SettableClock
    ) -> None:
        """Who has a copy of an old refresh token cannot sign its user out everywhere."""
        old = ada.cookie
        assert ada.refresh() == 200
        phone = Member(api, sign_in(api))
        clock.advance(60)
        api.acting_as(None).post(
            "/api/auth/logout",
            params={"everywhere": "true"},
            headers={"Cookie": f"{COOKIE}={old}"},
        )
        assert (ada.refresh(), phone.refresh()) == (204, 200)


class TestName:
    """What users are called."""

    def test_change(self, ada: Member) -> None:
        """The new name is there at once, for themselves and in the team; nothing else changed."""
        before = ada.call("GET", "/api/auth/me").body["user"]
        answer = ada.call("PATCH", "/api/auth/me", json={"name": "Ada King"})
        assert (answer.status, answer.body) == (200, {**before, "name": "Ada King"})
        assert ada.call("GET", "/api/auth/me").body["user"] == answer.body
        assert ada.call("GET", "/api/users").body["items"] == [answer.body]

    @pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 121}, {}, {"role": "owner"}])
    def test_refused(self, ada: Member, body: dict[str, str]) -> None:
        """A name that is none, or more than the name, changes nothing."""
        before = ada.call("GET", "/api/auth/me").body
        assert ada.call("PATCH", "/api/auth/me", json=body).status == 422
        assert ada.call("GET", "/api/auth/me").body == before


class TestPassword:
    """Changing it while signed in."""

    def test_change(self, api: ApiClient, ada: Member, clock: SettableClock) -> None:
        """The new one signs in, the old one does not, and only the caller stays signed in."""
        phone = Member(api, sign_in(api))
        clock.advance(1)
        body = {"current_password": PASSWORD, "new_password": NEW}
        ada = Member(api, ada.call("POST", "/api/auth/password", json=body))
        assert (phone.refresh(), ada.refresh()) == (204, 200)
        assert sign_in(api).status == 401
        assert sign_in(api, password=NEW).status == 200

    @pytest.mark.parametrize(
        ("current", "new", "status"),
        [
            ("wrong", NEW, 401),
            (PASSWORD, "short", 422),
            (PASSWORD, "x" * 73, 422),
            (PASSWORD, "0123456789\x00", 422),
        ],
    )
    def test_refused(
        self, api: ApiClient, ada: Member, current: str, new: str, status: int
    ) -> None:
        """A wrong present one, or a new one that is no good, changes nothing."""
        body = {"current_password": current, "new_password": new}
        answer = ada.call("POST", "/api/auth/password", json=body)
        assert answer.status == status
        if status == 422:
            assert answer.body["errors"][0]["field"] == "new_password"
        assert (ada.refresh(), sign_in(api).status) == (200, 200)

    def test_guessing_ends(self, ada: Member) -> None:
        """Who finds a browser signed in cannot guess the password there for ever."""
        body = {"current_password": "wrong", "new_password": NEW}
        found = [ada.call("POST", "/api/auth/password", json=body).status for _ in range(11)]
        assert found == [401] * 10 + [429]


class TestReset:
    """Setting another password by mail."""

    def test_whole_way(self, api: ApiClient, ada: Member, clock: SettableClock) -> None:
        """The mail's link sets another password once, and ends every session."""
        assert ask(api, "reset", EMAIL) == 204
        mail = mails(EMAIL)[-1]
        assert mail.subject == "Set a new Parley password"
        assert "http://127.0.0.1:3001/reset-password#token=" in mail.text
        assert reset(api, mail.token) == (204, "")
        assert ada.refresh() == 204
        assert (sign_in(api).status, sign_in(api, password=NEW).status) == (401, 200)
        assert reset(api, mail.token) == (422, "link_expired")

    def test_the_answer_does_not_tell(self, api: ApiClient, ada: Member) -> None:
        """For an e-mail that nobody has the same work is done, and nothing is sent."""
        before = len(mails())
        assert ask(api, "reset", "nobody@bakery.example") == 204
        (stranger,) = waiting()
        assert deliver() == 1
        assert ask(api, "reset", EMAIL) == 204
        (known,) = waiting()
        assert stranger.keys() == known.keys()
        assert [len(v) for v in map(str, stranger.values())] == [
            len(v) for v in map(str, known.values())
        ]
        assert len(mails()) == before + 1

    def test_expires(self, api: ApiClient, ada: Member, clock: SettableClock) -> None:
        """After an hour the link is worth nothing, whether DynamoDB has deleted it or not."""
        ask(api, "reset", EMAIL)
        token = mails(EMAIL)[-1].token
        clock.advance(3600)
        assert reset(api, token) == (422, "link_expired")

    def test_a_bad_password_leaves_the_link(self, api: ApiClient, ada: Member) -> None:
        """Who chooses a password that is no good may choose another."""
        ask(api, "reset", EMAIL)
        token = mails(EMAIL)[-1].token
        assert reset(api, token, "short") == (422, "validation_failed")
        assert reset(api, token) == (204, "")

    def test_one_use_ends_all_links(self, api: ApiClient, ada: Member) -> None:
        """Of two mails the one that was not used is worth nothing after the other."""
        ask(api, "reset", EMAIL)
        ask(api, "reset", EMAIL)
        first, second = mails(EMAIL)[-2:]
        assert first.token != second.token
        assert reset(api, first.token) == (204, "")
        assert reset(api, second.token) == (422, "link_expired")

    def test_tokens_are_for_one_thing(self, api: ApiClient, ada: Member) -> None:
        """A link of one kind is no link of another, and garbage is none at all."""
        ask(api, "reset", EMAIL)
        token = mails(EMAIL)[-1].token
        nobody = api.acting_as(None)
        assert nobody.post("/api/auth/verify-email", json={"token": token}).status == 422
        join = {"token": token, "name": "Eve", "password": NEW}
        assert nobody.post("/api/auth/join", json=join).status == 422
        for garbage in ("x" * 43, token + "x", token.swapcase(), "\x00" * 43):
            assert reset(api, garbage) == (422, "link_expired")

    def test_only_hashes_are_stored(self, api: ApiClient, ada: Member) -> None:
        """Who reads the table or the queue cannot follow a link."""
        ask(api, "reset", EMAIL)
        queued = str(waiting())
        token = mails(EMAIL)[-1].token
        stored = str([row.to_simple_dict() for row in MailTokenRow.scan()])
        assert token not in stored + queued
        assert EMAIL not in queued

    def test_mails_to_one_are_few(
        self, api: ApiClient, ada: Member, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody's inbox can be filled; whether the e-mail has an account makes no difference."""
        monkeypatch.setattr(access, "LINKS_PER_EMAIL", Limit("link-email", 2, 3600))
        for email in (EMAIL, "nobody@bakery.example"):
            assert [ask(api, "reset", email) for _ in range(3)] == [204, 204, 429]

    def test_a_mail_delivered_twice(self, api: ApiClient, ada: Member) -> None:
        """A queue message that comes twice does no harm: both links are good until one is used."""
        from chalicelib.core.context import system_context
        from chalicelib.services import mail

        ask(api, "reset", EMAIL)
        (envelope,) = waiting()
        deliver()
        mail.send_link(system_context(envelope["tenant_id"], "again"), envelope)
        first, second = mails(EMAIL)[-2:]
        assert reset(api, second.token) == (204, "")
        assert reset(api, first.token) == (422, "link_expired")


class TestVerification:
    """Showing that an e-mail is one's own."""

    def test_whole_way(self, api: ApiClient, ctx: TenantContext, clock: SettableClock) -> None:
        """The mail is sent on request; its link works once; another is sent only while needed."""
        ada = sign_up(api)
        assert ada.body["user"]["is_email_verified"]
        UserRow.get(ada.body["tenant"]["id"], ada.id).update(
            actions=[UserRow.email_verified_at.remove()]
        )
        ask(api, "verification", EMAIL)
        assert len(mails(EMAIL)) == 2
        token = mails(EMAIL)[-1].token
        nobody = api.acting_as(None)
        assert nobody.post("/api/auth/verify-email", json={"token": token}).status == 204
        assert nobody.post("/api/auth/verify-email", json={"token": token}).status == 422
        assert ada.call("GET", "/api/auth/me").body["user"]["is_email_verified"]
        ask(api, "verification", EMAIL)
        assert len(mails(EMAIL)) == 2

    def test_of_another_e_mail(self, api: ApiClient, ada: Member) -> None:
        """A link that was sent to an e-mail that the user had before verifies nothing."""
        user = UserRow.get(ada.body["tenant"]["id"], ada.id)
        user.update(actions=[UserRow.email_verified_at.remove()])
        ask(api, "verification", EMAIL)
        token = mails(EMAIL)[-1].token
        user.update(actions=[UserRow.email.set("new@bakery.example")])
        answer = api.acting_as(None).post("/api/auth/verify-email", json={"token": token})
        assert (answer.status, answer.body["code"]) == (422, "link_expired")
