"""Sign-up and sign-in over the API."""

from __future__ import annotations

import statistics
import threading
import time
from io import StringIO
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import random_id
from chalicelib.core.log import bind, log, unbind
from chalicelib.core.tokens import read_access_token
from chalicelib.services import passwords
from chalicelib.storage.tenants import TenantRow, UniqueKeyRow, UserRow, create_tenant, find_owner
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.mailbox import deliver, mails, waiting
from tests.component.members import register

PASSWORD = "correct horse battery"
SIGN_UP = {
    "business_name": "Bakery",
    "name": "Ada",
    "email": "ada@bakery.example",
    "password": PASSWORD,
    "country": "DE",
}


@pytest.fixture
def nobody(api: ApiClient) -> ApiClient:
    """Give a client without an access token."""
    return api.acting_as(None)


@pytest.fixture(autouse=True)
def _quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at bcrypt's lowest cost, except where a test is about the time that it takes."""
    if "take_alike" not in request.node.name:
        monkeypatch.setattr(passwords, "COST", 4)


def test_register_signs_in(nobody: ApiClient) -> None:
    """Following the mail's link makes a tenant and its owner, with a session that works at once."""
    answer = register(nobody, SIGN_UP)
    assert answer.status == 201
    assert answer.body["tenant"]["name"] == "Bakery"
    assert answer.body["tenant"]["country"] == "DE"
    assert answer.body["user"]["role"] == "owner"
    assert answer.body["token_type"] == "Bearer"
    claims = read_access_token(answer.body["access_token"])
    assert claims.tenant_id == answer.body["tenant"]["id"]
    bearer = {"Authorization": f"Bearer {answer.body['access_token']}"}
    me = nobody.get("/api/auth/me", headers=bearer)
    assert me.status == 200
    assert me.body["user"] == answer.body["user"]
    assert "campaigns:write" in me.body["permissions"]


def test_refresh_cookie_is_guarded(nobody: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cookie is HttpOnly, of one path and site, lives 30 days; outside local it is Secure."""
    from chalicelib.core.config import settings

    cookie = register(nobody, SIGN_UP).headers["set-cookie"]
    assert set(cookie.split("; ")[1:]) == {
        "Path=/api/auth",
        f"Max-Age={30 * 86400}",
        "HttpOnly",
        "SameSite=Strict",
    }
    monkeypatch.setenv("STAGE", "prod")
    settings.cache_clear()
    login = {"email": SIGN_UP["email"], "password": PASSWORD}
    assert "Secure" in nobody.post("/api/auth/login", json=login).headers["set-cookie"].split("; ")


def test_password_is_never_kept(nobody: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database holds a bcrypt hash, and the log holds neither password nor name nor e-mail."""
    stream = StringIO()
    monkeypatch.setattr(log.registered_handler, "stream", stream)
    body = register(nobody, SIGN_UP).body
    row = UserRow.get(body["tenant"]["id"], body["user"]["id"])
    assert (row.password_hash or "").startswith("$2b$")
    logged = stream.getvalue()
    assert body["tenant"]["id"] in logged
    assert logged.count('"served"') == 2
    assert not [word for word in (PASSWORD, "Ada", "bakery.example") if word in logged]


@pytest.mark.parametrize(
    "email",
    [
        "ADA@bakery.example",
        " ada@bakery.example ",
        "ada@BAKERY.example",
        "\uff41da@bakery.example",
        "ada@b\uff41kery\uff0eexample",
    ],
)
def test_email_has_one_spelling(nobody: ApiClient, email: str) -> None:
    """Case, spaces and compatible letters do not make another account, and do not hinder login."""
    assert register(nobody, SIGN_UP).status == 201
    again = nobody.post("/api/auth/register", json={**SIGN_UP, "email": email})
    assert (again.status, again.body["email"]) == (202, SIGN_UP["email"])
    assert mails(SIGN_UP["email"])[-1].subject == "You already have a Parley account"
    login = nobody.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    assert login.status == 200


def test_a_domain_that_looks_alike_is_another(nobody: ApiClient) -> None:
    """A Cyrillic letter in a domain makes another account, and is shown as what it is."""
    register(nobody, SIGN_UP)
    spoof = register(nobody, {**SIGN_UP, "email": "ada@b\u0430kery.example"})
    assert spoof.status == 201
    assert spoof.body["user"]["email"] == "ada@xn--bkery-4ve.example"


def test_slug_is_unique(nobody: ApiClient) -> None:
    """Two businesses of one name get two slugs; one that is asked for and taken is refused."""
    made = [register(nobody, {**SIGN_UP, "email": f"{n}@b.example"}).body for n in range(2)]
    slugs = {body["tenant"]["slug"] for body in made}
    assert len(slugs) == 2
    assert all(slug.startswith("bakery-") for slug in slugs)
    other = {**SIGN_UP, "email": "3@b.example", "slug": slugs.pop()}
    answer = nobody.post("/api/auth/register", json=other)
    assert (answer.status, answer.body["code"]) == (409, "slug_taken")
    assert find_owner("email", "3@b.example") is None


def test_sign_up_does_not_tell(nobody: ApiClient) -> None:
    """Answer, writes and envelope are alike for an e-mail with an account and one without; only the
    mails differ, and that to the known one makes nothing.
    """
    register(nobody, SIGN_UP)
    found = {}
    for email in (SIGN_UP["email"], "new@bakery.example"):
        answer = nobody.post("/api/auth/register", json={**SIGN_UP, "email": email})
        (envelope,) = waiting()
        deliver()
        shape = {name: len(str(value)) for name, value in envelope.items()}
        found[email] = (answer.status, {**answer.body, "email": ""}, shape)
    assert found[SIGN_UP["email"]] == found["new@bakery.example"]
    known, new = mails(SIGN_UP["email"])[-1], mails("new@bakery.example")[-1]
    assert "/login" in known.text
    assert "#token=" not in known.text
    assert new.token
    assert UniqueKeyRow.count() == 3  # the fixture's tenant, and the first's e-mail and slug


def test_sign_up_takes_alike(nobody: ApiClient) -> None:
    """The time of the answer does not tell whether an e-mail has an account."""
    register(nobody, SIGN_UP)

    def seconds(email: str) -> float:
        started = time.process_time()
        nobody.post("/api/auth/register", json={**SIGN_UP, "email": email})
        return time.process_time() - started

    known = statistics.median(seconds(SIGN_UP["email"]) for _ in range(3))
    unknown = statistics.median(seconds("nobody@bakery.example") for _ in range(3))
    assert 0.6 < known / unknown < 1.6


def test_nothing_is_there_before_the_link(nobody: ApiClient, clock: SettableClock) -> None:
    """Until the link is followed there is no account; it works once, for a day, and for one of two
    sign-ups of the same e-mail.
    """
    nobody.post("/api/auth/register", json=SIGN_UP)
    first = mails(SIGN_UP["email"])[-1].token
    nobody.post("/api/auth/register", json={**SIGN_UP, "business_name": "Second"})
    second = mails(SIGN_UP["email"])[-1].token
    login = {"email": SIGN_UP["email"], "password": PASSWORD}
    assert nobody.post("/api/auth/login", json=login).status == 401

    def confirm(token: str) -> tuple[int, str]:
        answer = nobody.post("/api/auth/register/confirm", json={"token": token})
        return answer.status, answer.body.get("code", "")

    assert confirm("x" * 43) == (422, "link_expired")
    assert confirm(first) == (201, "")
    assert confirm(first) == (422, "link_expired")
    assert confirm(second) == (409, "email_taken")
    assert nobody.post("/api/auth/login", json=login).status == 200
    nobody.post("/api/auth/register", json={**SIGN_UP, "email": "late@bakery.example"})
    late = mails("late@bakery.example")[-1].token
    clock.advance(86_401)
    assert confirm(late) == (422, "link_expired")


def test_mails_of_sign_ups_are_few(nobody: ApiClient) -> None:
    """Nobody can be flooded with mails by sign-ups in their name, whether they have an account."""
    for _ in range(5):
        assert nobody.post("/api/auth/register", json=SIGN_UP).status == 202
    answer = nobody.post("/api/auth/register", json=SIGN_UP)
    assert (answer.status, answer.body["code"]) == (429, "too_many_requests")


def test_slug_taken_meanwhile(nobody: ApiClient) -> None:
    """Two ask for one slug before either has followed the link: the later gets one of its own."""
    tokens = []
    for number in range(2):
        email = f"{number}@b.example"
        nobody.post("/api/auth/register", json={**SIGN_UP, "email": email, "slug": "bread"})
        tokens.append(mails(email)[-1].token)
    slugs = [
        nobody.post("/api/auth/register/confirm", json={"token": t}).body["tenant"]["slug"]
        for t in tokens
    ]
    assert slugs[0] == "bread"
    assert slugs[1].startswith("bakery-")


def test_taken_email_writes_nothing(ctx: TenantContext) -> None:
    """Of two that register one e-mail the second leaves no tenant and no user behind."""
    for name in ("first", "second"):
        tenant = TenantRow(random_id("ten"), name=name, country="US", created_at=1)
        user = UserRow(
            tenant.id,
            random_id("usr"),
            name=name,
            email="same@parley.example",
            role="owner",
            password_hash="x",
            created_at=1,
        )
        if name == "first":
            create_tenant(tenant, user)
            continue
        with pytest.raises(Conflict, match="sign in"):
            create_tenant(tenant, user)
    assert {row.name for row in TenantRow.scan()} == {"Acme", "first"}
    owner = find_owner("email", "same@parley.example")
    assert owner is not None
    assert UniqueKeyRow.count() == 2
    assert UserRow.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "at least 10 characters"),
        ("password", "x" * 73, "at most 72 bytes"),
        ("password", "ü" * 37, "at most 72 bytes; this has 74"),
        ("password", "0123456789\x00", "NUL"),
        ("email", "ada", "write an e-mail address"),
        ("email", "ada@b.example\x00", "write an e-mail address"),
        ("email", "a b@c.example", "write an e-mail address"),
        ("email", "a" * 250 + "@b.example", "write an e-mail address"),
        ("email", 7, "valid string"),
        ("country", "Germany", "match pattern"),
        ("country", "ZZ", "ISO 3166"),
        ("name", "  ", "at least 1 character"),
        ("business_name", "n" * 121, "at most 120 characters"),
        ("email", "\u0430da@bakery.example", "only letters of ASCII"),
        ("email", "ada@bakery\u3002", "write an e-mail address"),
        ("email", "ada@bakery.example>\r\nBcc: eve@evil.example", "write an e-mail address"),
        ("email", "ada@-bakery.example", "write an e-mail address"),
        ("slug", "Bakery", "match pattern"),
        ("slug", "-bakery", "match pattern"),
        ("role", "owner", "not permitted"),
        ("tenant_id", "ten_x", "not permitted"),
        ("email_verified_at", 1, "not permitted"),
    ],
)
def test_bad_sign_up_names_the_field(
    nobody: ApiClient, field: str, value: object, words: str
) -> None:
    """Each bad value is a 422 that names its field and says what to do; nothing is written."""
    answer = nobody.post("/api/auth/register", json={**SIGN_UP, field: value})
    assert answer.status == 422
    assert [e["field"] for e in answer.body["errors"]] == [field]
    assert words in answer.body["errors"][0]["message"]
    assert UniqueKeyRow.count() == 1  # the fixture's own tenant
    if isinstance(value, str) and field == "password":
        assert value not in answer.text


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@bakery.example", "wrong horse battery"),
        ("nobody@bakery.example", PASSWORD),
        ("ada@bakery.example", "x" * 200),
        ("ada@bakery.example", "nul\x00byte"),
        ("ada@bakery.example", ""),
    ],
)
def test_wrong_credentials_look_alike(nobody: ApiClient, email: str, password: str) -> None:
    """A wrong e-mail and a wrong password get the same answer, whatever is wrong with them."""
    register(nobody, SIGN_UP)
    answer = nobody.post("/api/auth/login", json={"email": email, "password": password})
    assert (answer.status, answer.body["code"]) == (401, "wrong_credentials")
    assert answer.body["detail"] == "The e-mail or the password is wrong."
    assert "set-cookie" not in answer.headers


def test_wrong_credentials_take_alike(nobody: ApiClient) -> None:
    """The time of the answer does not tell whether an e-mail has an account."""
    register(nobody, SIGN_UP)

    def seconds(email: str) -> float:
        started = time.process_time()
        nobody.post("/api/auth/login", json={"email": email, "password": "wrong password"})
        return time.process_time() - started

    known = statistics.median(seconds(SIGN_UP["email"]) for _ in range(3))
    unknown = statistics.median(seconds("nobody@bakery.example") for _ in range(3))
    assert 0.6 < known / unknown < 1.6


def test_same_password_in_two_spellings_of_unicode(nobody: ApiClient) -> None:
    """A password with an umlaut is right however the keyboard composes it."""
    composed, decomposed = "Gr\u00fcne Brezel", "Gru\u0308ne Brezel"
    register(nobody, {**SIGN_UP, "password": composed})
    login = {"email": SIGN_UP["email"], "password": decomposed}
    assert nobody.post("/api/auth/login", json=login).status == 200


def test_me_needs_the_account(api: ApiClient, ctx: TenantContext) -> None:
    """A token whose user is gone is 401, not a 500 or a ghost."""
    UserRow(ctx.tenant_id, ctx.user_id).delete()
    answer = api.get("/api/auth/me")
    assert answer.status == 401


def test_contexts_of_threads_do_not_mix() -> None:
    """What one thread binds to the log is not on another thread's lines."""
    seen: dict[str, Any] = {}
    ready = threading.Barrier(2)

    def work(name: str) -> None:
        bind(tenant_id=name)
        ready.wait(timeout=5)
        seen[name] = log.thread_safe_get_current_keys()
        unbind()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("ten_a", "ten_b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: keys["tenant_id"] for name, keys in seen.items()} == {
        "ten_a": "ten_a",
        "ten_b": "ten_b",
    }
