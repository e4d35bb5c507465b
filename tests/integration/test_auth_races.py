"""Sign-up, refresh and limits when requests come at the same moment, on a real database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pydantic import SecretStr
from pynamodb.exceptions import TransactWriteError

from chalicelib.core.errors import AppError, TooManyRequests
from chalicelib.core.ids import random_id
from chalicelib.schemas.auth import RegistrationConfirmation
from chalicelib.services import auth, passwords, sessions
from chalicelib.services.rate_limits import Limit, spend
from chalicelib.storage.base import as_unavailable
from chalicelib.storage.mail_tokens import MailTokenRow, keep_token, token_id
from chalicelib.storage.signups import SignupRow, keep_signup
from chalicelib.storage.tenants import TenantRow, find_owner

AT_ONCE = 8
pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spend no time on hashing."""
    monkeypatch.setattr(passwords, "COST", 4)


def at_once(work: Callable[[int], object]) -> list[object]:
    """Run `work` in threads that start together; return results, or errors of Parley's."""
    gate = Barrier(AT_ONCE)

    def run(number: int) -> object:
        gate.wait(timeout=10)
        try:
            return work(number)
        except AppError as error:
            return error
        except TransactWriteError as error:
            # DynamoDB may see two transactions clash before it looks at their conditions.
            return as_unavailable(error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_one_email_registers_once() -> None:
    """Of many links for one e-mail that are followed at once one makes its business; the others
    leave nothing behind.
    """
    email = f"{uuid.uuid4().hex}@parley.example"
    tokens = []
    for number in range(AT_ONCE):
        signup = SignupRow(
            random_id("sgn"),
            tenant_id=random_id("ten"),
            user_id=random_id("usr"),
            business_name=f"{email} {number}",
            country="US",
            name="Ada",
            email=email,
            password_hash="x",
            expires_at=int(time.time()) + 3600,
        )
        keep_signup(signup)
        token = uuid.uuid4().hex
        keep_token(
            MailTokenRow(
                token_id(token),
                purpose="signup",
                tenant_id=signup.tenant_id,
                user_id=signup.user_id,
                about=signup.id,
                expires_at=signup.expires_at,
            )
        )
        tokens.append(token)

    def confirm(number: int) -> str:
        body = RegistrationConfirmation(token=SecretStr(tokens[number]))
        origin = sessions.Origin(f"192.0.2.{number}")
        return auth.confirm_registration(body, origin).body.tenant.id

    found = at_once(confirm)
    (winner,) = [result for result in found if isinstance(result, str)]
    assert {r.status for r in found if isinstance(r, AppError)} <= {409, 503}
    owner = find_owner("email", email)
    assert owner is not None
    assert owner.tenant_id == winner
    assert [t.id for t in TenantRow.scan(TenantRow.name.startswith(email))] == [winner]


def test_parallel_refreshes_agree() -> None:
    """All who refresh one token at once get the same next token, which then works."""
    token = sessions.begin("ten_a", "usr_a").refresh_token
    found = at_once(lambda _: sessions.renew(token))
    tokens = {r.refresh_token for r in found if isinstance(r, sessions.Session)}
    assert len([r for r in found if isinstance(r, sessions.Session)]) == AT_ONCE
    assert len(tokens) == 1
    assert token not in tokens
    assert sessions.renew(tokens.pop()) is not None


def test_limit_holds_under_a_burst() -> None:
    """Of many attempts at once exactly as many pass as the limit says."""
    limit = Limit("burst", attempts=3, window_s=86_400)
    subject = uuid.uuid4().hex
    found = at_once(lambda _: spend(limit, subject))
    assert len([r for r in found if isinstance(r, TooManyRequests)]) == AT_ONCE - 3
