"""A POST with an Idempotency-Key is carried out once, whatever happens to its first answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, Conflict, Invalid, Unavailable, Upstream
from chalicelib.core.idempotency import AT_WORK_MS, KEPT_S, Answer, Claim, once, read_claim
from chalicelib.storage.idempotency import Answers, IdempotencyRow
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock

KEY = {"Idempotency-Key": "0b2d1f4e-9c1a-4c57-8f0e-1b7a2c3d4e5f"}
ANA = {"phone": "+447400123456", "name": "Ana"}


def test_repeated_request_gets_the_first_answer(api: ApiClient) -> None:
    """The second answer is the first one, marked as such; without a key it is a conflict."""
    first = api.post("/api/contacts", json=ANA, headers=KEY)
    again = api.post("/api/contacts", json=ANA, headers=KEY)
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert api.post("/api/contacts", json=ANA).status == 409
    assert len(api.get("/api/contacts").body["items"]) == 1


def test_key_of_another_request(api: ApiClient) -> None:
    """A key that comes back with another body is refused: it would hide a mistake."""
    api.post("/api/contacts", json=ANA, headers=KEY)
    other = api.post("/api/contacts", json=ANA | {"name": "Bo"}, headers=KEY)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")


def test_key_is_its_user_s(api: ApiClient, ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Another tenant, and another user of this one, have keys of their own."""
    api.post("/api/contacts", json=ANA, headers=KEY)
    colleague = TenantContext(ctx.tenant_id, "usr_other", ctx.role, "req_1")
    assert api.acting_as(other_ctx).post("/api/contacts", json=ANA, headers=KEY).status == 201
    assert api.acting_as(colleague).post("/api/contacts", json=ANA, headers=KEY).status == 409


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 256])
def test_odd_key_is_refused(api: ApiClient, key: str) -> None:
    """A key is 1 to 255 visible ASCII characters."""
    answer = api.post("/api/contacts", json=ANA, headers={"Idempotency-Key": key})
    assert (answer.status, answer.body["code"]) == (422, "idempotency_key_invalid")


def test_refused_request_frees_its_key(api: ApiClient) -> None:
    """What was refused may be corrected and sent again with the same key."""
    bad = api.post("/api/contacts", json={"phone": "12"}, headers=KEY)
    assert bad.status == 422
    api.post("/api/contacts", json=ANA)
    assert api.post("/api/contacts", json=ANA, headers=KEY).status == 409
    assert (
        api.post("/api/contacts", json=ANA | {"phone": "+447400123457"}, headers=KEY).status == 201
    )


def _claim(ctx: TenantContext, clock: SettableClock, body: bytes = b"{}") -> Claim:
    return read_claim(ctx, "key-1", ("POST", "/x"), body, clock)


def _act(outcome: Answer | Exception) -> tuple[Callable[[], Answer], list[int]]:
    """Return an action, and the list that it counts its calls in."""
    calls: list[int] = []

    def act() -> Answer:
        calls.append(1)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return act, calls


DONE = Answer(201, "application/json", '{"id": "msg_1"}', {"Location": "/x/1"})


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Upstream("no answer"), "request_interrupted"),
        (AppError("a defect"), "request_interrupted"),
        (ConnectionError("DynamoDB is gone"), "request_in_progress"),
    ],
)
def test_unclear_outcome_is_not_repeated(
    ctx: TenantContext, clock: SettableClock, failure: Exception, code: str
) -> None:
    """After a failure that leaves open what happened, the key stays taken, and says so."""
    act, calls = _act(failure)
    with pytest.raises(type(failure)):
        once(Answers(), _claim(ctx, clock), act, clock)
    with pytest.raises(Conflict) as caught:
        once(Answers(), _claim(ctx, clock), act, clock)
    assert (caught.value.code, len(calls)) == (code, 1)
    clock.advance(AT_WORK_MS / 1000 + 1)
    with pytest.raises(Conflict) as caught:
        once(Answers(), _claim(ctx, clock), act, clock)
    assert (caught.value.code, len(calls)) == ("request_interrupted", 1)


@pytest.mark.parametrize("failure", [Invalid("no"), Conflict("no"), Unavailable("later")])
def test_sure_refusal_may_be_repeated(
    ctx: TenantContext, clock: SettableClock, failure: AppError
) -> None:
    """After a refusal nothing has happened: the same key works again."""
    act, _ = _act(failure)
    with pytest.raises(type(failure)):
        once(Answers(), _claim(ctx, clock), act, clock)
    act, calls = _act(DONE)
    assert once(Answers(), _claim(ctx, clock), act, clock) == DONE
    assert once(Answers(), _claim(ctx, clock), act, clock).headers == {
        "Location": "/x/1",
        "Idempotency-Replayed": "true",
    }
    assert len(calls) == 1


def test_two_at_once(ctx: TenantContext, clock: SettableClock) -> None:
    """While the first request is at work, a second with its key is told to wait."""
    found: list[Any] = []

    def act() -> Answer:
        with pytest.raises(Conflict) as caught:
            once(Answers(), _claim(ctx, clock), lambda: DONE, clock)
        found.append((caught.value.code, caught.value.retry_after_s))
        return DONE

    assert once(Answers(), _claim(ctx, clock), act, clock) == DONE
    assert found == [("request_in_progress", 2)]


def test_key_is_kept_for_a_day(ctx: TenantContext, clock: SettableClock) -> None:
    """After 24 hours the key is new, also before DynamoDB has thrown it away."""
    act, calls = _act(DONE)
    once(Answers(), _claim(ctx, clock), act, clock)
    clock.advance(KEPT_S - 1)
    once(Answers(), _claim(ctx, clock), act, clock)
    assert len(calls) == 1
    clock.advance(2)
    once(Answers(), _claim(ctx, clock), act, clock)
    assert len(calls) == 2
    (row,) = IdempotencyRow.query(ctx.tenant_id)
    assert row.expires_at == clock.now_ms() // 1000 + KEPT_S
