"""The second factor over the API: enrolment, sign-in, replay, recovery."""

from __future__ import annotations

import pyotp
import pytest

from chalicelib.core.errors import Unauthenticated
from chalicelib.services import passwords, second_factor
from chalicelib.services.rate_limits import Limit
from chalicelib.storage.tenants import UserRow
from chalicelib.storage.users import Users
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.members import EMAIL, PASSWORD, Member, sign_in, sign_up


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 4)


class App:
    """An authenticator app on a phone whose clock may be off."""

    def __init__(self, secret: str, clock: SettableClock) -> None:
        self.secret = secret
        self._totp = pyotp.TOTP(secret)
        self._clock = clock

    def code(self, off_s: int = 0) -> str:
        """Return the code that it shows."""
        return self._totp.at(self._clock.now_ms() // 1000 + off_s)


@pytest.fixture
def ada(api: ApiClient, clock: SettableClock) -> Member:
    """Give an owner who is signed in."""
    return sign_up(api)


def enrol(ada: Member, clock: SettableClock) -> tuple[App, list[str]]:
    """Switch the second factor on; return the app and the recovery codes."""
    begun = ada.call("POST", "/api/auth/totp", json={"password": PASSWORD})
    assert begun.status == 200, begun.body
    app = App(begun.body["secret"], clock)
    confirmed = ada.call("PUT", "/api/auth/totp", json={"is_enabled": True, "code": app.code()})
    assert confirmed.status == 200, confirmed.body
    clock.advance(30)
    return app, confirmed.body["recovery_codes"]


def enter(api: ApiClient, code: str | None) -> tuple[int, str]:
    """Sign in with the right password and a code; return status and error code."""
    answer = sign_in(api, body={} if code is None else {"code": code})
    return answer.status, answer.body.get("code", "")


def test_whole_way(api: ApiClient, ada: Member, clock: SettableClock) -> None:
    """Once confirmed a sign-in needs a code; a wrong password is told first, and only that."""
    app, recovery = enrol(ada, clock)
    assert len(set(recovery)) == 10
    assert enter(api, None) == (401, "second_factor_required")
    assert enter(api, "000000") == (401, "wrong_code")
    assert enter(api, app.code())[0] == 200
    clock.advance(30)
    wrong = sign_in(api, password="wrong", body={"code": app.code()})
    assert wrong.body["code"] == "wrong_credentials"
    assert enter(api, app.code())[0] == 200


def test_does_not_count_before_it_is_confirmed(api: ApiClient, ada: Member) -> None:
    """Who loses the page before entering a code is not locked out."""
    ada.call("POST", "/api/auth/totp", json={"password": PASSWORD})
    assert enter(api, None)[0] == 200
    answer = ada.call("PUT", "/api/auth/totp", json={"is_enabled": True, "code": "000000"})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "code")
    assert enter(api, None)[0] == 200


def test_replay_is_refused(api: ApiClient, ada: Member, clock: SettableClock) -> None:
    """A code is good once, and so are the ones before it; the confirming one does not sign in."""
    begun = ada.call("POST", "/api/auth/totp", json={"password": PASSWORD})
    app = App(begun.body["secret"], clock)
    ada.call("PUT", "/api/auth/totp", json={"is_enabled": True, "code": app.code()})
    assert enter(api, app.code()) == (401, "wrong_code")
    clock.advance(30)
    used = app.code()
    assert enter(api, used)[0] == 200
    assert enter(api, used) == (401, "wrong_code")
    assert enter(api, app.code(-30)) == (401, "wrong_code")


def test_replay_at_once(ada: Member, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two requests with one code only one gets in, also when both read the user first."""
    app, recovery = enrol(ada, clock)
    user = UserRow.get(ada.body["tenant"]["id"], ada.id)
    again = UserRow.get(ada.body["tenant"]["id"], ada.id)
    for code in (app.code(), recovery[0]):
        second_factor.check(user, code, clock)
        with pytest.raises(Unauthenticated):
            second_factor.check(again, code, clock)


@pytest.mark.parametrize(
    ("off_s", "status"), [(-60, 401), (-30, 200), (0, 200), (30, 200), (60, 401)]
)
def test_clocks_may_be_off(
    api: ApiClient, ada: Member, clock: SettableClock, off_s: int, status: int
) -> None:
    """Half a minute either way is borne, more is not."""
    app, _ = enrol(ada, clock)
    clock.advance(60)
    assert enter(api, app.code(off_s))[0] == status


def test_recovery_codes(api: ApiClient, ada: Member, clock: SettableClock) -> None:
    """Each works once, however it is spelled, and the others stay good."""
    _, recovery = enrol(ada, clock)
    assert enter(api, recovery[0].upper())[0] == 200
    assert enter(api, recovery[0]) == (401, "wrong_code")
    assert enter(api, recovery[1].replace("-", " "))[0] == 200


def test_nothing_readable_is_stored(ada: Member, clock: SettableClock) -> None:
    """The secret is encrypted for the tenant and the recovery codes are hashes."""
    app, recovery = enrol(ada, clock)
    row = UserRow.get(ada.body["tenant"]["id"], ada.id)
    stored = str(row.to_dynamodb_dict())
    assert app.secret not in stored
    assert not [c for c in recovery if c in stored or c.replace("-", "") in stored]


def test_guessing_ends(
    api: ApiClient, ada: Member, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows the password cannot try all codes, from however many addresses."""
    app, _ = enrol(ada, clock)
    monkeypatch.setattr(second_factor, "CODES_PER_USER", Limit("totp", 3, 900))
    found = [
        sign_in(api, body={"code": "000000"}, source_ip=f"198.51.100.{n}").status for n in range(4)
    ]
    assert found == [401, 401, 401, 429]
    assert enter(api, app.code())[0] == 429


def test_switching_off(api: ApiClient, ada: Member, clock: SettableClock) -> None:
    """It takes a code; afterwards the password is enough, and another phone can be enrolled."""
    app, _ = enrol(ada, clock)
    begun = ada.call("POST", "/api/auth/totp", json={"password": PASSWORD})
    assert (begun.status, begun.body["code"]) == (409, "second_factor_on")
    off = {"is_enabled": False, "code": "000000"}
    assert ada.call("PUT", "/api/auth/totp", json=off).status == 422
    answer = ada.call("PUT", "/api/auth/totp", json={**off, "code": app.code()})
    assert (answer.status, answer.body["recovery_codes"]) == (200, [])
    assert enter(api, None)[0] == 200
    assert ada.call("PUT", "/api/auth/totp", json=off).status == 409
    enrol(ada, clock)


def test_a_reset_password_leaves_it_on(api: ApiClient, ada: Member, clock: SettableClock) -> None:
    """Who reads somebody's mail does not get past their second factor."""
    from tests.component.mailbox import mails

    app, _ = enrol(ada, clock)
    nobody = api.acting_as(None)
    nobody.post("/api/auth/links", json={"purpose": "reset", "email": EMAIL})
    body = {"token": mails(EMAIL)[-1].token, "password": PASSWORD}
    assert nobody.post("/api/auth/password/reset", json=body).status == 204
    assert enter(api, None) == (401, "second_factor_required")
    assert enter(api, app.code())[0] == 200


def test_beginning_needs_the_password(ada: Member) -> None:
    """Who finds a browser signed in cannot put their own phone there."""
    answer = ada.call("POST", "/api/auth/totp", json={"password": "wrong"})
    assert (answer.status, answer.body["code"]) == (401, "wrong_credentials")
    assert Users(ada.body["tenant"]["id"]).get(ada.id).totp_pending is None
