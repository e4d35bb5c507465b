"""Keys change while people work: what an old one signed is good to its end, and no longer."""

from __future__ import annotations

import json

import jwt
import pytest
from hypothesis import given, strategies as st

from chalicelib.core import signing, tokens
from chalicelib.core.errors import Invalid, Unauthenticated
from chalicelib.core.keys import Key, KeyRing, NoKey, read_ring, with_next, write_ring
from chalicelib.core.secrets import PlatformSecrets, parse_secrets
from chalicelib.core.tokens import Claims, issue_access_token, read_access_token
from infra.keys import GOOD_FOR_S, STARTS_AFTER_S, rotated
from tests.unit.core.test_tokens import At

NOW_S = 1_800_000_000
CLAIMS = Claims("ten_a", "usr_a", "owner", "ses_a")
OLD = {
    "signing_keys": {"first": "f" * 64, "retired": "r" * 64},
    "signing_kid": "first",
    "callback_key": "c" * 64,
    "cursor_key": "u" * 64,
    "meta_app_id": "1",
    "meta_app_secrets": ["s"],
    "meta_verify_token": "v",
}
NEW = rotated(OLD, NOW_S * 1000, list(GOOD_FOR_S))
LEAKED = rotated(OLD, NOW_S * 1000, list(GOOD_FOR_S), is_compromised=True)


def hold(monkeypatch: pytest.MonkeyPatch, content: object) -> PlatformSecrets:
    """Let a process hold these secrets."""
    held = parse_secrets(json.dumps(content))
    for module in (signing, tokens):
        monkeypatch.setattr(module, "platform_secrets", lambda: held)
    return held


def at(seconds: int) -> At:
    """Return a clock that stands so many seconds after the rotation."""
    return At((NOW_S + seconds) * 1000)


def test_a_process_that_knows_the_new_key_and_one_that_does_not_believe_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until the new key starts both sign with the old one, and by then everybody has read anew."""
    before = at(STARTS_AFTER_S - 1)
    hold(monkeypatch, NEW)
    token = issue_access_token(CLAIMS, before.now_ms())
    cursor = signing.encode_cursor("list", {"id": "a"}, before)
    hold(monkeypatch, OLD)
    assert read_access_token(token, before) == CLAIMS
    assert signing.decode_cursor("list", cursor, before) == {"id": "a"}


def test_a_token_of_the_old_key_is_good_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who signed in at the last moment of the old key works on for the whole of the token."""
    last = at(STARTS_AFTER_S - 1)
    hold(monkeypatch, NEW)
    token = issue_access_token(CLAIMS, last.now_ms())
    assert jwt.get_unverified_header(token)["kid"] == "first"
    assert read_access_token(token, at(STARTS_AFTER_S - 1 + tokens.ACCESS_TTL_S - 1)) == CLAIMS


def test_the_new_key_signs_once_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its start on, tokens bear the new key's name."""
    hold(monkeypatch, NEW)
    token = issue_access_token(CLAIMS, at(STARTS_AFTER_S).now_ms())
    assert jwt.get_unverified_header(token)["kid"] not in OLD["signing_keys"]
    assert read_access_token(token, at(STARTS_AFTER_S)) == CLAIMS


@pytest.mark.parametrize("kid", ["first", "retired"])
def test_an_old_key_is_worth_nothing_after_its_end(
    monkeypatch: pytest.MonkeyPatch, kid: str
) -> None:
    """A token that somebody makes with a key that has ended is refused, whatever its times say."""
    hold(monkeypatch, NEW)
    end = at(STARTS_AFTER_S + GOOD_FOR_S["signing"])
    payload = {"sub": "usr_a", "ten": "ten_a", "role": "owner", "sid": "ses_a"}
    payload |= {"aud": "parley-local", "iss": "parley-local"}
    now_s = end.now_ms() // 1000
    made = jwt.encode(
        {**payload, "iat": now_s, "exp": now_s + 900},
        OLD["signing_keys"][kid],  # type: ignore[index]
        headers={"kid": kid},
    )
    with pytest.raises(Unauthenticated) as caught:
        read_access_token(made, end)
    assert caught.value.code == "unauthenticated"
    assert read_access_token(made, At(end.now_ms() - 1)) == CLAIMS


def test_a_cursor_outlives_its_key_by_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is paged through to its end across a rotation; a cursor of long ago is refused."""
    hold(monkeypatch, OLD)
    cursor = signing.encode_cursor("list", {"id": "a"}, at(0))
    hold(monkeypatch, NEW)
    day = STARTS_AFTER_S + GOOD_FOR_S["cursor"]
    assert signing.decode_cursor("list", cursor, at(day - 1)) == {"id": "a"}
    with pytest.raises(Invalid, match="start again without a cursor"):
        signing.decode_cursor("list", cursor, at(day))


def test_a_compromised_key_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a leaked key signed is refused from that second on, and the new one signs."""
    hold(monkeypatch, OLD)
    token = issue_access_token(CLAIMS, at(-1).now_ms())
    cursor = signing.encode_cursor("list", {"id": "a"}, at(-1))
    held = hold(monkeypatch, LEAKED)
    with pytest.raises(Unauthenticated):
        read_access_token(token, at(0))
    with pytest.raises(Invalid):
        signing.decode_cursor("list", cursor, at(0))
    assert read_access_token(issue_access_token(CLAIMS, NOW_S * 1000), at(0)) == CLAIMS
    assert "r" * 64 not in json.dumps(LEAKED)
    assert len(held.callback.keys) == 1


def test_a_ring_without_a_key_that_signs_says_so() -> None:
    """A secret in which every key has ended stops the process with the ring's name."""
    ring = KeyRing("cursor", (Key("a", b"a", 0, NOW_S), Key("b", b"b", None)))
    with pytest.raises(NoKey, match="no cursor key"):
        ring.signing(NOW_S * 1000)


times = st.integers(min_value=0, max_value=4 * GOOD_FOR_S["callback"])


@given(st.lists(times, min_size=1, max_size=6), times)
def test_what_is_signed_is_believed_for_all_its_life(steps: list[int], later: int) -> None:
    """However often keys change, one that signs at a time is good for its purpose's whole life."""
    content, now_s = dict(OLD), NOW_S
    for step in steps:
        now_s += step
        content = rotated(content, now_s * 1000, ["callback"])
        content = json.loads(json.dumps(content))
    ring = read_ring("callback", content)
    assert read_ring("callback", {"callback_keys": write_ring(ring)}) == ring
    for moment in (now_s, now_s + min(later, STARTS_AFTER_S), now_s + STARTS_AFTER_S):
        key = ring.signing(moment * 1000)
        assert key.is_good((moment + GOOD_FOR_S["callback"]) * 1000 - 1)
        assert key in ring.good(moment * 1000)
    newest = max(ring.keys, key=lambda key: key.starts_at_s or 0)
    assert newest.ends_at_s is None
    assert ring.signing((newest.starts_at_s or 0) * 1000) == newest


def test_rotating_twice_in_a_row_leaves_no_gap() -> None:
    """A second rotation before the first took hold keeps a key that signs in between."""
    ring = KeyRing("signing", (Key("a", b"a"),))
    one = with_next(ring, Key("b", b"b", 600), good_for_s=900, now_ms=0)
    two = with_next(one, Key("c", b"c", 610), good_for_s=900, now_ms=10_000)
    signers = [two.signing(second * 1000).kid for second in (0, 599, 600, 609, 610, 5000)]
    assert signers == ["a", "a", "b", "b", "c", "c"]
