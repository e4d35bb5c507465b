"""Secrets and people's data put where they belong are found nowhere else: not in a log, at whatever
level; in no answer but the one that must show them, no URL, no error, no audit record, no repr.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import logging
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends
from pydantic import BaseModel, SecretStr, ValidationError

import chalicelib
from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.log import log
from chalicelib.core.secrets import platform_secrets
from chalicelib.handlers import webhook
from chalicelib.handlers.queues import inbound
from chalicelib.schemas.auth import LoginRequest, RegisterRequest
from chalicelib.services import passwords
from chalicelib.storage.audit import AuditRow
from chalicelib.storage.contacts import Contacts
from chalicelib.whatsapp.client import graph_client
from tests.component import cloud
from tests.component.api_client import Answer, ApiClient
from tests.component.campaigns.conftest import (
    Bench,
    bench,
    close_loops,
    meta,
    meta_server,
    set_faults,
    shifted,
)
from tests.component.cloud import SECRET
from tests.component.graph.server import GraphServer
from tests.component.mailbox import mails
from tests.component.members import Member
from tests.component.webhooks.conftest import signed

__all__ = ["bench", "close_loops", "meta", "meta_server", "shifted"]

PASSWORD, OTHER_PASSWORD = "canary-password-1f0c", "canary-password-2b7d"
EDGE_SECRET = "canary-edge-secret-93aa"
PHONE, NAME, TEXT = "+4915198765432", "Canary Quetzalcoatl", "canary message 5e1b"
# What Meta's own interface asks for in a query string, over TLS, to Meta alone.
_METAS_OWN = re.compile(r"^/v26\.0/(oauth/access_token|debug_token)\?")


class Watch:
    """All that leaves the process, and the canaries that must not be in it."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.personal: dict[str, str] = {"phone": PHONE, "name": NAME, "text": TEXT}
        self.lines: list[str] = []
        self.urls: list[str] = []
        self.answers: list[tuple[str, Answer]] = []

    def plant(self, **canaries: str) -> None:
        """Add secrets to look for."""
        assert all(len(value) >= 6 for value in canaries.values())
        self.secrets |= canaries

    def check(self, where: str, text: str, *, personal: bool = True) -> None:
        """Fail if a canary is in `text`; `personal` counts people's data as well."""
        for name, value in {**self.secrets, **(self.personal if personal else {})}.items():
            for spelled in (value, value.lstrip("+"), json.dumps(value)[1:-1]):
                assert spelled not in text, f"{name} is in {where}: {text[:2000]}"


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Listen to every logger of the process at DEBUG, and to the sandbox's log of requests."""
    seen = Watch()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            extra = {k: v for k, v in vars(record).items() if k not in _OF_LOGGING}
            shown = f"{record.name} {record.getMessage()} {extra} {record.exc_text or ''}"
            if record.exc_info:
                shown += logging.Formatter().formatException(record.exc_info)
            if record.name == "uvicorn.access":
                # 127.0.0.1:50000 - "GET /path?query HTTP/1.1" 200
                seen.urls.append(record.getMessage().split('"')[1].split(" ")[1])
            elif record.name.startswith(_OURS):
                seen.lines.append(shown)

    listener = Listener(logging.DEBUG)
    loggers = [
        logging.getLogger(),
        logging.getLogger("parley"),
        logging.getLogger("uvicorn.access"),
    ]
    before = [(one, one.level) for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
        one.addHandler(listener)
    monkeypatch.setenv("EDGE_SECRET", EDGE_SECRET)
    monkeypatch.setattr(passwords, "COST", 4)
    settings.cache_clear()
    yield seen
    for one, level in before:
        one.setLevel(level)
        one.removeHandler(listener)


_OF_LOGGING = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}
# What runs in a function; moto, uvicorn and the sandbox are the world around it.
_OURS = (
    "parley",
    "chalice",
    "botocore",
    "pynamodb",
    "httpx",
    "httpcore",
    "aiohttp",
    "urllib3",
    "asyncio",
    "aws_lambda",
    "hpack",
    "root",
    "jwt",
    "phonenumbers",
)


@pytest.fixture
def own_app(meta: GraphServer) -> Iterator[dict[str, Any]]:
    """Have Parley be the sandbox's own app, so that a signup can be finished; give its secrets."""
    secret = SECRET | {
        "meta_app_id": meta.fixture.app_id,
        "meta_app_secrets": [meta.fixture.app_secret],
    }
    client = aws_clients.client("secretsmanager")
    client.put_secret_value(SecretId=settings().secret_id, SecretString=json.dumps(secret))
    platform_secrets.cache_clear()
    yield secret
    client.put_secret_value(SecretId=settings().secret_id, SecretString=json.dumps(SECRET))
    platform_secrets.cache_clear()


class Business:
    """A business that goes through everything, as its owner's browser would."""

    def __init__(self, api: ApiClient, watch: Watch) -> None:
        self._nobody, self._watch = api.acting_as(None), watch
        self.owner: Member | None = None

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Call a route, as the owner if there is one, and note the answer."""
        caller = self._nobody.request if self.owner is None else self.owner.call
        answer = caller(method, path, **options)
        self._watch.answers.append((f"{method} {path}", answer))
        return answer

    def sign_up(self) -> None:
        """Register, verify, and take note of each secret that is handed out on the way."""
        body = {
            "business_name": "Canaries",
            "name": "Owner",
            "email": "owner@canary.example",
            "password": PASSWORD,
        }
        assert self.ask("POST", "/api/auth/register", json=body).status == 202
        token = mails()[-1].token
        self._watch.plant(mail_token=token)
        answer = self.ask("POST", "/api/auth/register/confirm", json={"token": token})
        self.owner = Member(self._nobody, answer)
        self._hand_out(answer)

    def secure(self) -> None:
        """Take a second factor, an API key, another password; sign in again; refresh."""
        begun = self.ask("POST", "/api/auth/totp", json={"password": PASSWORD})
        secret = begun.body["secret"]
        code = pyotp.TOTP(secret).now()
        on = self.ask("PUT", "/api/auth/totp", json={"is_enabled": True, "code": code})
        assert on.status == 200, on.body
        codes = on.body["recovery_codes"]
        self._watch.plant(totp_secret=secret, recovery_code=codes[0], other_recovery=codes[1])
        self._allow(begun, "totp_secret")
        self._allow(on, "recovery_code", "other_recovery")
        made = self.ask("POST", "/api/api-keys", json={"name": "S", "scopes": ["contacts:read"]})
        self._watch.plant(api_key=made.body["key"], api_secret=made.body["key"].split("_", 3)[3])
        self._allow(made, "api_key", "api_secret")
        change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        changed = self.ask("POST", "/api/auth/password", json=change)
        assert self.owner is not None
        self.owner = Member(self._nobody, changed)
        self._hand_out(changed, "2")
        login = {"email": "owner@canary.example", "password": OTHER_PASSWORD, "code": codes[0]}
        signed_in = self.ask("POST", "/api/auth/login", json=login)
        assert signed_in.status == 200, signed_in.body
        self._hand_out(signed_in, "3")

    def _hand_out(self, answer: Answer, number: str = "1") -> None:
        names = {
            f"access_token_{number}": answer.body["access_token"],
            f"refresh_token_{number}": answer.cookie("parley_refresh") or "",
        }
        self._watch.plant(**names)
        self._allow(answer, *names)

    def _allow(self, answer: Answer, *names: str) -> None:
        """Note that this answer, and no other, shows these secrets: once, where it must."""
        whole = f"{answer.text}{answer.headers}"
        for name in names:
            value = self._watch.secrets[name]
            assert value in f"{answer.text}{answer.headers}"
            whole = whole.replace(value, "")
        index = next(i for i, (_, one) in enumerate(self._watch.answers) if one is answer)
        where, _ = self._watch.answers[index]
        self._watch.answers[index] = (where, Answer(answer.status, {"": whole}, None, ""))


def finish(watch: Watch) -> None:
    """Look for every canary in everything that was seen."""
    assert len(watch.lines) > 20
    assert len(watch.urls) > 3
    for line in watch.lines:
        watch.check("a log line", line)
    for url in watch.urls:
        if url.startswith("/v26.0/") and not _METAS_OWN.match(url):
            watch.check("a URL", url)
    for where, answer in watch.answers:
        watch.check(f"the answer of {where}", f"{answer.text}{answer.headers}", personal=False)
    for row in AuditRow.scan():
        kept = json.dumps(row.attribute_values, default=str)
        watch.check("an audit record", kept, personal=False)
        assert TEXT not in kept
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][cloud.REGION].queues.values():
        for message in queue._messages:
            watch.check(f"the queue {queue.name}", message.body, personal=False)


def test_a_life_of_a_business(
    api: ApiClient, watch: Watch, meta: GraphServer, own_app: dict[str, Any]
) -> None:
    """Sign-up, second factor, keys, passwords, Embedded Signup, numbers, contacts, messages, a
    customer's answer; and each of them refused by Meta, by the database, and for what was sent.
    """
    watch.plant(
        password=PASSWORD,
        other_password=OTHER_PASSWORD,
        edge_secret=EDGE_SECRET,
        signing_key=own_app["signing_keys"]["k1"],
        callback_key=own_app["callback_key"],
        cursor_key=own_app["cursor_key"],
        verify_token=own_app["meta_verify_token"],
        app_secret=meta.fixture.app_secret,
        meta_token=meta.fixture.access_token,
    )
    business = Business(api, watch)
    business.sign_up()
    business.secure()
    number_id = _numbers(business, watch, meta)
    _people(business, meta, number_id)
    _errors(business, watch, meta, number_id)
    finish(watch)


def _numbers(business: Business, watch: Watch, meta: GraphServer) -> str:
    began = dict(meta.http.post("/sandbox/signups", json={}).json())
    watch.plant(signup_code=began["code"])
    body = {"event": "FINISH", **began}
    assert business.ask("POST", "/api/numbers/signup", json=body).status == 200
    business.ask("POST", "/api/numbers/signup", json=body)  # the code is used up: refused
    tokens = [t for t in meta.simulation.world.tokens if t != meta.fixture.access_token]
    for index, token in enumerate(tokens):
        if "|" not in token:
            watch.plant(**{f"business_token_{index}": token})
    connect = {
        "phone_number_id": meta.fixture.phone_number_id,
        "waba_id": meta.fixture.waba_id,
        "access_token": meta.fixture.access_token,
    }
    made = business.ask("POST", "/api/numbers", json=connect)
    assert made.status == 201, made.body
    business.ask("POST", "/api/numbers", json={**connect, "access_token": "EAAcanaryWrongToken77"})
    watch.plant(wrong_token="EAAcanaryWrongToken77")
    business.ask("GET", "/api/numbers")
    business.ask("GET", f"/api/numbers/{made.body['id']}")
    business.ask("GET", f"/api/numbers/{made.body['id']}/profile")
    return str(made.body["id"])


def _people(business: Business, meta: GraphServer, number_id: str) -> None:
    made = business.ask("POST", "/api/contacts", json={"phone": PHONE, "name": NAME})
    assert made.status == 201, made.body
    contact_id = made.body["id"]
    business.ask("POST", "/api/contacts", json={"phone": PHONE, "name": NAME})
    business.ask("PATCH", f"/api/contacts/{contact_id}", json={"name": f"{NAME} II"})
    business.ask(
        "POST",
        "/api/contacts/imports",
        content=f"phone,name\n{PHONE},{NAME}\nbad,{NAME}\n".encode(),
        headers={"Content-Type": "text/csv"},
    )
    _write_in(meta)
    send = {"type": "text", "text": {"body": TEXT}, "number_id": number_id}
    sent = business.ask("POST", f"/api/conversations/{contact_id}/messages", json=send)
    assert sent.status == 201, sent.body
    business.ask("GET", f"/api/conversations/{contact_id}/messages")
    business.ask("GET", "/api/conversations")


def _write_in(meta: GraphServer) -> None:
    """Have the customer write; signed rightly, wrongly, and with what nobody knows."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "15550100001",
            "phone_number_id": meta.fixture.phone_number_id,
        },
        "contacts": [{"profile": {"name": NAME}, "wa_id": PHONE.lstrip("+")}],
        "messages": [
            {
                "from": PHONE.lstrip("+"),
                "id": "wamid.canary",
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": TEXT},
            }
        ],
    }
    meta.http.post(
        f"/sandbox/contacts/{PHONE.lstrip('+')}/messages",
        json={
            "phone_number_id": meta.fixture.phone_number_id,
            "type": "text",
            "text": TEXT,
        },
    ).raise_for_status()
    for changes in ({}, {"messages": [{"type": "text", "text": TEXT}]}, {"statuses": [TEXT]}):
        entry = {"id": meta.fixture.waba_id, "changes": [{"field": "messages"}]}
        entry["changes"][0]["value"] = {**value, **changes}  # type: ignore[index]
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        event = signed(body)
        digest = _signature(body, meta.fixture.app_secret)
        assert webhook.handler(event, None)["statusCode"] == 403
        event["headers"] = {"x-hub-signature-256": digest}
        assert webhook.handler(event, None)["statusCode"] == 200
        event["body"] = "e30"
        webhook.handler(event, None)
    _work_inbound()


def _signature(body: bytes, secret: str) -> str:
    import hashlib
    import hmac

    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _work_inbound() -> None:
    from tests.component.webhooks.conftest import take

    records = take("inbound")
    assert records
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}
    odd = [{"messageId": "m2", "body": json.dumps({"v": 9, "text": TEXT, "phone": PHONE})}]
    inbound.handler({"Records": odd}, None)
    broken = json.loads(records[0]["body"])
    broken["message"]["at_ms"] = TEXT
    inbound.handler({"Records": [{"messageId": "m3", "body": json.dumps(broken)}]}, None)


def _errors(business: Business, watch: Watch, meta: GraphServer, number_id: str) -> None:
    """Meet every kind of error with canaries in the request."""
    secrets = dict(watch.secrets)
    for value in secrets.values():
        # In a field that is wrong, under a name that nobody knows, in a place of another kind.
        business.ask("POST", "/api/auth/login", json={"email": value, "password": value})
        business.ask("POST", "/api/auth/login", json={"email": ["x"], "password": {"x": value}})
        business.ask("POST", "/api/auth/verify-email", json={"token": value})
        business.ask("POST", "/api/contacts", json={"phone": value, "name": 7})
        business.ask("GET", "/api/contacts", headers={"Authorization": f"Bearer {value}"})
        business.ask("GET", "/api/contacts", headers={"Authorization": value})
    for fault in ("fail_sync", "throttle", "error_before_accept"):
        set_faults(meta, **{fault: 1.0})
        contact = business.ask("GET", "/api/contacts").body["items"][0]
        send = {"type": "text", "text": {"body": TEXT}, "number_id": number_id}
        business.ask("POST", f"/api/conversations/{contact['id']}/messages", json=send)
        set_faults(meta)
    with _refusing_database():
        for path, body in (
            ("/api/contacts", {"phone": "+4915198765433", "name": NAME}),
            ("/api/auth/login", {"email": "owner@canary.example", "password": OTHER_PASSWORD}),
            (
                "/api/numbers",
                {
                    "phone_number_id": "300000000000009",
                    "waba_id": "200000000000001",
                    "access_token": meta.fixture.access_token,
                },
            ),
        ):
            answer = business.ask("POST", path, json=body)
            assert answer.status >= 400, path


@contextmanager
def _refusing_database() -> Iterator[None]:
    """Have DynamoDB refuse every write with words that quote the item, as its own errors may."""
    client: Any = BaseClient
    real: Callable[..., Any] = client._make_api_call

    def refuse(self: Any, operation: str, params: dict[str, Any]) -> Any:
        told = str(params)
        if operation in _WRITES and any(f"parley-local-{name}" in told for name in _PEOPLES):
            raise ClientError(
                {"Error": {"Code": "ValidationException", "Message": f"bad value: {told}"}},
                operation,
            )
        return real(self, operation, params)

    client._make_api_call = refuse
    try:
        yield
    finally:
        client._make_api_call = real


_WRITES = frozenset({"PutItem", "UpdateItem", "TransactWriteItems"})
# Not the counters of requests: what they refuse would be all that is seen.
_PEOPLES = ("contacts", "identities", "sessions", "numbers", "accounts", "messages")


def test_a_campaign(watch: Watch, bench: Bench) -> None:
    """A campaign to a canary, sent, refused and answered: the log knows ids alone."""
    watch.plant(meta_token=bench.meta.fixture.access_token)
    made = Contacts(bench.ctx).find_or_create_by_identity(
        phone=PHONE, bsuid=None, profile_name=NAME, now_ms=1
    )
    assert made.phone == PHONE
    set_faults(bench.meta, fail=0.5)
    bench.launch_and_plan()
    bench.run_to_end()
    for line in watch.lines:
        watch.check("a log line", line)
    for url in watch.urls:
        if url.startswith("/v26.0/"):
            watch.check("a URL", url)
    assert any(url.endswith("/messages") for url in watch.urls)


def _classes() -> Iterator[type]:
    import app  # noqa: F401 - loads every blueprint

    for found in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, type) and value.__module__ == found.name:
                yield value


_SECRET_FIELD = re.compile(
    r"^(?:.*_)?(?:password|secrets?|token|pin|totp|recovery_codes)$"
    r"|^(?:signing_keys|cursor_key|callback_key|cookies|headers|params|uri)$"
)
# They are named alike and hold no secret.
_NOT_SECRET = {
    ("ConnectNumber", "headers"),
    ("FlowParameters", "flow_token"),
    ("TemplateButtonAction", "flow_token"),
}


def test_no_repr_shows_a_secret() -> None:
    """Each field of each class that by its name holds a secret is left out of the class's repr."""
    shown = []
    for cls in _classes():
        if dataclasses.is_dataclass(cls):
            is_shown = cls.__repr__ is not object.__repr__
            fields = [(f.name, is_shown and f.repr, str(f.type)) for f in dataclasses.fields(cls)]
        elif issubclass(cls, BaseModel):
            fields = [(n, f.repr, str(f.annotation)) for n, f in cls.model_fields.items()]
        else:
            continue
        shown += [
            f"{cls.__module__}.{cls.__name__}.{name}"
            for name, has_value, kind in fields
            if _SECRET_FIELD.match(name)
            and has_value
            and "Secret" not in kind
            and "bool" not in kind
            and (cls.__name__, name) not in _NOT_SECRET
        ]
    assert shown == []


def test_errors_of_pydantic_quote_nothing() -> None:
    """What was sent is in no ValidationError, whatever prints it."""
    for model, body in (
        (LoginRequest, {"email": PASSWORD, "password": 7, "extra": PASSWORD}),
        (RegisterRequest, {"password": [PASSWORD], "name": PASSWORD * 90}),
    ):
        with pytest.raises(ValidationError) as caught:
            model.model_validate(body)
        assert PASSWORD not in str(caught.value)
        assert PASSWORD not in repr(caught.value)
    assert PASSWORD not in repr(LoginRequest(email="a@b.example", password=SecretStr(PASSWORD)))


def test_settings_and_secrets_print_without_themselves(
    aws: None, ctx: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings, platform secrets and the client of Meta can be printed."""
    monkeypatch.setenv("EDGE_SECRET", EDGE_SECRET)
    settings.cache_clear()
    printed = f"{settings()!r} {platform_secrets()!r} {graph_client()!r} {ctx!r} {log!r}"
    assert EDGE_SECRET not in printed
    for value in (*SECRET["signing_keys"].values(), SECRET["cursor_key"], SECRET["callback_key"]):
        assert value not in printed
    assert SECRET["meta_verify_token"] not in printed
    assert SECRET["meta_app_secrets"][0] not in printed
