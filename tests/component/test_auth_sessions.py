"""Refresh tokens: rotation, the race of two tabs, theft, and the end of a session."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from chalicelib.core.context import TenantContext
from chalicelib.core.tokens import read_access_token
from chalicelib.services import sessions
from chalicelib.services.sessions import IDLE_S, LIFE_S
from chalicelib.storage import sessions as session_storage
from chalicelib.storage.sessions import SessionRow
from chalicelib.storage.tenants import UserRow
from tests.component import cloud
from tests.component.api_client import Answer, ApiClient
from tests.component.conftest import SettableClock

COOKIE = "parley_refresh"


@pytest.fixture
def token(ctx: TenantContext, clock: SettableClock) -> str:
    """Give the refresh token of a session that has just begun."""
    return sessions.begin(ctx.tenant_id, ctx.user_id).refresh_token


def refresh(api: ApiClient, token: str | None) -> Answer:
    """Refresh as a browser with this cookie would."""
    headers = {} if token is None else {"Cookie": f"theme=dark; {COOKIE}={token}; odd={{a b}}"}
    return api.acting_as(None).post("/api/auth/refresh", headers=headers)


def test_refresh_gives_both_tokens_anew(
    api: ApiClient, ctx: TenantContext, token: str, clock: SettableClock
) -> None:
    """A refresh answers a new access token of the same session, and replaces the cookie."""
    clock.advance(900)
    answer = refresh(api, token)
    assert answer.status == 200
    claims = read_access_token(answer.body["access_token"])
    assert (claims.tenant_id, claims.user_id) == (ctx.tenant_id, ctx.user_id)
    assert claims.session_id == token.partition(".")[0]
    new = answer.cookie(COOKIE)
    assert new
    assert new != token
    clock.advance(900)
    assert refresh(api, new).status == 200


def test_only_hashes_are_stored(api: ApiClient, token: str) -> None:
    """Who reads the table cannot refresh: no token is in it."""
    new = refresh(api, token).cookie(COOKIE) or ""
    (row,) = SessionRow.scan()
    stored = str(row.to_simple_dict())
    assert token.partition(".")[2] not in stored
    assert new.partition(".")[2] not in stored


@pytest.mark.parametrize("sent", [None, "", "x", "ses_x.y", f"ses_{'0' * 26}.secret", "a.b.c", "…"])
def test_no_session_is_204(api: ApiClient, sent: str | None) -> None:
    """Without a session there is no error to show: 204, and a cookie that was sent is cleared."""
    answer = refresh(api, sent)
    assert (answer.status, answer.text) == (204, "")
    assert ("Max-Age=0" in answer.headers.get("set-cookie", "")) == bool(sent)


def test_two_tabs_at_once(api: ApiClient, token: str, clock: SettableClock) -> None:
    """Two refreshes of one token within ten seconds get the same next token, and both go on."""
    first = refresh(api, token).cookie(COOKIE)
    clock.advance(9)
    second = refresh(api, token)
    assert second.status == 200
    assert second.cookie(COOKIE) == first
    clock.advance(60)
    assert refresh(api, first).status == 200


def test_race_inside_the_database(
    ctx: TenantContext, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who loses the conditional write to a parallel refresh gets the winner's token."""
    winner: list[sessions.Session | None] = []
    rotate = session_storage.rotate

    def lose(row: SessionRow, new_hash: str, now_ms: int, expires_at: int) -> bool:
        monkeypatch.setattr(session_storage, "rotate", rotate)
        winner.append(sessions.renew(token))
        return rotate(row, new_hash, now_ms, expires_at)

    monkeypatch.setattr(session_storage, "rotate", lose)
    loser = sessions.renew(token)
    assert loser is not None
    assert winner[0] is not None
    assert loser.refresh_token == winner[0].refresh_token


def test_sign_out_beats_a_parallel_refresh(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is ended while a refresh is on its way is not brought back to life."""
    rotate = session_storage.rotate

    def sign_out_first(row: SessionRow, new_hash: str, now_ms: int, expires_at: int) -> bool:
        sessions.end(token)
        return rotate(row, new_hash, now_ms, expires_at)

    monkeypatch.setattr(session_storage, "rotate", sign_out_first)
    assert sessions.renew(token) is None
    assert SessionRow.count() == 0


def test_reuse_ends_the_session(api: ApiClient, token: str, clock: SettableClock) -> None:
    """A token that was replaced more than ten seconds ago ends the session, for thief and owner."""
    new = refresh(api, token).cookie(COOKIE)
    clock.advance(11)
    assert refresh(api, token).status == 204
    assert refresh(api, new).status == 204


def test_forged_secret_ends_nothing_it_does_not_know(api: ApiClient, token: str) -> None:
    """A wrong secret for a known session is taken for reuse; no access token comes of it."""
    session_id = token.partition(".")[0]
    assert refresh(api, f"{session_id}.wrong").status == 204


def test_idle_session_ends(api: ApiClient, token: str, clock: SettableClock) -> None:
    """A session that nobody used for 30 days is over, whether DynamoDB has deleted it or not."""
    clock.advance(IDLE_S)
    assert refresh(api, token).status == 204


def test_session_ends_after_90_days_of_use(
    api: ApiClient, token: str, clock: SettableClock
) -> None:
    """Using it keeps a session alive, but not for ever; the cookie says how long it still lives."""
    held: str | None = token
    cookie = ""
    for _ in range(6):
        clock.advance(15 * 86400 - 1)
        answer = refresh(api, held)
        assert answer.status == 200
        held, cookie = answer.cookie(COOKIE), answer.headers["set-cookie"]
    assert "Max-Age=6;" in cookie
    assert LIFE_S == 90 * 86400
    clock.advance(6)
    assert refresh(api, held).status == 204


def test_sign_out(api: ApiClient, token: str) -> None:
    """Signing out ends the session and clears the cookie; doing it again is no error."""
    for _ in range(2):
        answer = api.acting_as(None).post(
            "/api/auth/logout", headers={"Cookie": f"{COOKIE}={token}"}
        )
        assert answer.status == 204
        assert f"{COOKIE}=;" in answer.headers["set-cookie"]
        assert "Max-Age=0" in answer.headers["set-cookie"]
    assert refresh(api, token).status == 204
    assert api.acting_as(None).post("/api/auth/logout").status == 204


def test_changed_role_counts_from_the_next_refresh(
    api: ApiClient, ctx: TenantContext, token: str
) -> None:
    """A refresh reads the role again."""
    UserRow(ctx.tenant_id, ctx.user_id).update(actions=[UserRow.role.set("viewer")])
    access = refresh(api, token).body["access_token"]
    assert read_access_token(access).role == "viewer"


def test_removed_user_is_signed_out(api: ApiClient, ctx: TenantContext, token: str) -> None:
    """A session whose user is gone ends at the next refresh."""
    UserRow(ctx.tenant_id, ctx.user_id).delete()
    assert refresh(api, token).status == 204
    assert SessionRow.count() == 0


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.integers(min_value=0, max_value=2), st.integers(min_value=0, max_value=20)),
        max_size=12,
    )
)
def test_a_holder_is_never_signed_out_by_stragglers(
    aws: None, clock: SettableClock, steps: list[tuple[int, int]]
) -> None:
    """However tabs refresh, a token that was current within ten seconds goes on to the newest."""
    cloud.empty()
    session = sessions.begin("ten_a", "usr_a")
    newest, replaced_at, before = session.refresh_token, None, None
    for tab, pause_s in steps:
        clock.advance(pause_s)
        is_fresh = replaced_at is not None and clock.at_ms - replaced_at <= sessions.GRACE_MS
        presented = before if tab == 0 and before is not None and is_fresh else newest
        found = sessions.renew(presented)
        assert found is not None
        if found.refresh_token != newest:
            before, newest, replaced_at = newest, found.refresh_token, clock.at_ms
        assert found.refresh_token == newest
