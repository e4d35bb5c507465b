"""Requests that nobody sends who means well: odd JSON, odd headers, odd methods."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.openapi import DOCUMENT
from chalicelib.storage.tenants import get_user
from infra import openapi
from tests.component.api_client import ApiClient
from tests.component.conftest import load_app
from tests.component.members import COOKIE, PASSWORD, sign_up

JSON = {"Content-Type": "application/json"}
CONTACT = b'{"phone": "+4915123456789", "name": "Ada"}'


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + CONTACT,
        CONTACT.decode().encode("utf-16"),
        CONTACT.decode().encode("utf-16-le"),
        CONTACT.decode().encode("utf-32"),
        CONTACT + CONTACT,
        CONTACT + b"\x00",
        b'{"phone": NaN}',
        b'{"phone": Infinity}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b"/*" + CONTACT,
        gzip.compress(CONTACT),
    ],
)
def test_what_only_looks_like_json(api: ApiClient, body: bytes) -> None:
    """A mark, another encoding, two documents, a lone surrogate, gzip: 400 or 422, no guess."""
    for headers in (JSON, {**JSON, "Content-Encoding": "gzip"}):
        answer = api.post("/api/contacts", content=body, headers=headers)
        assert answer.status in {400, 422}, answer.text
    assert api.get("/api/contacts").body["items"] == []


@pytest.mark.parametrize("number", ["1e999999", "-1e999999", "9" * 400, "1" + "0" * 4_299])
def test_endless_numbers(api: ApiClient, number: str) -> None:
    """A number that no machine holds is a wrong value, and takes no time to be one."""
    begun = time.process_time()
    for body in (
        f'{{"name": "x", "scopes": ["contacts:read"], "expires_at": {number}}}',
        f'{{"size_bytes": {number}}}',
    ):
        path = "/api/api-keys" if "scopes" in body else "/api/contacts/imports/uploads"
        answer = api.post(path, content=body.encode(), headers=JSON)
        assert answer.status in {400, 422}
    assert time.process_time() - begun < 5


def test_a_key_given_twice(api: ApiClient, ctx: TenantContext) -> None:
    """Of a key that comes twice the last counts, for the check and for the deed alike."""
    body = b'{"role": "viewer", "email": "a@b.example", "role": "owner"}'
    answer = api.post("/api/users", content=body, headers=JSON)
    assert answer.status in {201, 409}
    manager = TenantContext(ctx.tenant_id, ctx.user_id, "admin", "req_test")
    answer = api.acting_as(manager).post("/api/users", content=body, headers=JSON)
    assert answer.status in {403, 409}
    if answer.status == 409:
        assert answer.body["code"] == "email_not_verified"


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "application/jsonx",
        "application/json, text/plain",
        "image/svg+xml",
    ],
)
def test_content_type_confusion(api: ApiClient, kind: str) -> None:
    """JSON that calls itself what a form of any site may send is 415: no such page signs in."""
    body = json.dumps({"email": "a@b.example", "password": PASSWORD}).encode()
    for path in ("/api/auth/login", "/api/contacts"):
        answer = api.post(path, content=body, headers={"Content-Type": kind})
        assert (answer.status, answer.body["code"]) == (415, "unsupported_media")


@pytest.mark.parametrize("value", [0, 1, "true", "false", "yes", 0.0, []])
def test_nothing_is_taken_for_a_boolean(api: ApiClient, value: object) -> None:
    """Only true and false are; a form's "false" would else be true somewhere."""
    made = api.post("/api/contacts", content=CONTACT, headers=JSON).body["id"]
    answer = api.patch(f"/api/contacts/{made}", json={"opted_out": value})
    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == "opted_out"


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"]
)
def test_no_header_changes_the_method(api: ApiClient, name: str) -> None:
    """A GET stays one, whatever a header or parameter calls it."""
    made = api.post("/api/contacts", content=CONTACT, headers=JSON).body["id"]
    assert api.get(f"/api/contacts/{made}", headers={name: "DELETE"}).status == 200
    assert api.get(f"/api/contacts/{made}", params={name: "DELETE"}).status == 200
    assert api.get(f"/api/contacts/{made}").status == 200


@pytest.mark.parametrize(
    "name",
    [
        "X-User-Id",
        "X-Tenant-Id",
        "X-Role",
        "X-Forwarded-User",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Amzn-Oidc-Identity",
        "Proxy-Authorization",
    ],
)
def test_no_header_but_the_token_says_who_asks(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext, name: str
) -> None:
    """A header that a proxy of somebody else's might set means nothing here."""
    headers = {name: ctx.tenant_id}
    assert api.acting_as(None).get("/api/auth/me", headers=headers).status == 401
    asked = api.acting_as(other_ctx).get("/api/auth/me", headers=headers)
    assert asked.body["tenant"]["id"] == other_ctx.tenant_id


def test_parameters_given_twice(api: ApiClient) -> None:
    """Of a parameter that comes twice the last counts; where it is a list, all do."""
    answer = api.get("/api/contacts?limit=1&limit=2")
    assert answer.status == 200
    assert api.get("/api/contacts?limit=1&limit=x").status == 422


@pytest.mark.parametrize(
    "token",
    [
        "Basic dXNlcjpwYXNz",
        "Bearer",
        "Bearer  ",
        "bearer null",
        "Bearer undefined",
        "Bearer pk_",
        "Bearer pk_a_b_c",
        "Bearer pk_" + "_" * 5_000,
        "Bearer " + "a" * 100_000,
        "Digest x",
    ],
)
def test_odd_authorization(api: ApiClient, token: str) -> None:
    """Whatever is no token of ours is 401 with how to sign in, and nothing more."""
    answer = api.acting_as(None).get("/api/contacts", headers={"Authorization": token})
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="parley"'


# Shapes of Meta's that it changes at will: they are handed on to Meta as they are, and only there.
MADE_BY_META = {
    "AddressParameters/properties/saved_addresses/anyOf/0/items",
    "FlowPayload/properties/data/anyOf/0",
    "OrderDetailsParameters",
    "OrderDetailsParameters/properties/order",
    "OrderDetailsParameters/properties/total_amount",
    "OrderStatusParameters",
    "OrderStatusParameters/properties/order",
    "SettingsChange/properties/calling/anyOf/0",
    "TemplateButtonAction/properties/flow_action_data/anyOf/0",
    "TemplateButtonAction/properties/order_details/anyOf/0",
}


def objects_in(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object schema below a node, and where it is."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield where, node
        for key, inner in node.items():
            yield from objects_in(inner, f"{where}/{key}")
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from objects_in(inner, f"{where}/{index}")


def test_every_body_refuses_what_it_does_not_know() -> None:
    """Each object in each request, however deep, takes the fields that it names and no other, so
    that none can be slipped in; but for what is Meta's, and maps, which have their keys' pattern.
    """
    document = json.loads(openapi.document_text(load_app()))
    schemas = document["components"]["schemas"]
    reached: set[str] = set()

    def reach(node: Any) -> None:
        for name in _references(node):
            if name not in reached:
                reached.add(name)
                reach(schemas[name])

    for operations in document["paths"].values():
        for operation in operations.values():
            reach(operation.get("requestBody", {}))
    assert len(reached) > 100
    loose = {
        f"{name}{where}"
        for name in sorted(reached)
        for where, schema in objects_in(schemas[name])
        if schema.get("additionalProperties", True) is True and "patternProperties" not in schema
    }
    assert loose == MADE_BY_META, DOCUMENT.name


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("/api/auth/register", {"role": "owner"}),
        ("/api/auth/register", {"tenant_id": "ten_0"}),
        ("/api/auth/register", {"email_verified_at": 1}),
        ("/api/auth/register", {"is_operator": True}),
        ("/api/auth/login", {"tenant_id": "ten_0"}),
        ("/api/auth/login", {"role": "owner"}),
        ("/api/auth/join", {"role": "owner"}),
        ("/api/auth/join", {"email": "x@y.example"}),
        ("/api/auth/password/reset", {"user_id": "usr_0"}),
    ],
)
def test_mass_assignment(api: ApiClient, path: str, extra: dict[str, Any]) -> None:
    """Role, tenant and the like cannot be slipped into what anybody may send."""
    body = {
        "/api/auth/register": {
            "business_name": "B",
            "name": "N",
            "email": "n@b.example",
            "password": PASSWORD,
        },
        "/api/auth/login": {"email": "n@b.example", "password": PASSWORD},
        "/api/auth/join": {"token": "x" * 40, "name": "N", "password": PASSWORD},
        "/api/auth/password/reset": {"token": "x" * 40, "password": PASSWORD},
    }[path]
    answer = api.acting_as(None).post(path, json={**body, **extra})
    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == list(extra)


class TestPagesOfOtherSites:
    """What the cookie alone may do is done for our own pages only."""

    @pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout"])
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://127.0.0.1:3001"},
            {"Origin": "http://127.0.0.1:3001.evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "https://neighbour.example"},
        ],
    )
    def test_foreign(self, api: ApiClient, path: str, headers: dict[str, str]) -> None:
        """403, no cookie, and the session goes on."""
        ada = sign_up(api)
        answer = api.acting_as(None).post(
            path, headers={"Cookie": f"{COOKIE}={ada.cookie}", **headers}
        )
        assert (answer.status, answer.body["code"]) == (403, "foreign_page")
        assert "set-cookie" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
        assert ada.refresh() == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "http://127.0.0.1:3001"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "https://app.example"},
        ],
    )
    def test_own(self, api: ApiClient, headers: dict[str, str]) -> None:
        """Our own page, also under a name that its browser alone knows, and who is no browser."""
        ada = sign_up(api)
        assert ada.call("POST", "/api/auth/refresh", headers=headers).status == 200


def test_the_host_header_is_in_no_mail(api: ApiClient) -> None:
    """A link leads to the app's own address, whatever host a request was sent to."""
    from tests.component.mailbox import mails

    ada = sign_up(api)
    for name in ("Host", "X-Forwarded-Host", "Forwarded", "X-Host"):
        asked = api.acting_as(None).post(
            "/api/auth/links",
            json={"purpose": "reset", "email": ada.body["user"]["email"]},
            headers={name: "evil.example"},
        )
        assert asked.status == 204
    sent = mails()
    assert len(sent) >= 4
    for mail in sent:
        assert "evil" not in f"{mail.subject}{mail.text}"
        assert "http://127.0.0.1:3001/" in mail.text


def test_no_route_redirects() -> None:
    """No answer of the API is a redirect, so none can be turned to another site."""
    document = json.loads(openapi.document_text(load_app()))
    statuses = {
        status
        for operations in document["paths"].values()
        for operation in operations.values()
        for status in operation["responses"]
    }
    assert not {status for status in statuses if status.startswith("3")}


def test_the_owner_of_the_fixture_is_there(ctx: TenantContext) -> None:
    """The user that these requests act as exists, so that no refusal is for want of one."""
    assert get_user(ctx.tenant_id, ctx.user_id).role == "owner"
