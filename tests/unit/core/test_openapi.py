"""The OpenAPI document of a few contracts, and the page made of it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any, Literal

import pytest
from pydantic import Field

from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import Contract, Reply, Route, read_contract
from chalicelib.core.docs_page import render
from chalicelib.core.docs_schema import Schemas
from chalicelib.core.errors import Conflict, TooManyRequests
from chalicelib.core.openapi import make_document, to_text
from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel


class Inner(RequestModel):
    """A part."""

    kind: Literal["inner"] = "inner"
    text: str = Field(min_length=1, description="What it says; <b>no</b> markup.")


class Outer(RequestModel):
    """A request with everything."""

    inner: Inner
    parts: list[Inner] = Field(default_factory=list, max_length=3)
    note: str | None = None
    numbers: dict[str, int] = Field(default_factory=dict)
    parent: Outer | None = None


class Out(ResponseModel):
    """An answer."""

    id: str
    note: str | None


def create_thing(ctx: TenantContext, thing_id: str, body: Outer) -> Out:
    """Create a thing's <part>.

    With `everything`.
    """
    raise NotImplementedError


def list_things(ctx: TenantContext, query: PageQuery) -> Out:
    """List things."""
    raise NotImplementedError


def refresh(ctx: PublicContext) -> Reply[Out | None]:
    """Refresh."""
    raise NotImplementedError


def take_file(ctx: TenantContext, body: Inner | bytes) -> None:
    """Take a file."""


def contracts() -> list[Contract]:
    """Return contracts that differ in everything."""
    return [
        read_contract(
            create_thing,
            Route(
                "POST",
                "/api/things/{thing_id}",
                "contacts",
                permission="contacts:write",
                status=201,
                errors=(Conflict, TooManyRequests),
            ),
        ),
        read_contract(list_things, Route("GET", "/api/things", "contacts")),
        read_contract(refresh, Route("POST", "/api/refresh", "auth", other_statuses={204: "No."})),
        read_contract(
            take_file,
            Route(
                "POST",
                "/api/files",
                "imports",
                status=204,
                content_types=("text/csv", "application/json"),
            ),
        ),
    ]


@pytest.fixture(name="document")
def _document() -> dict[str, Any]:
    """Give the document of those contracts."""
    return make_document(contracts())


def test_order_does_not_matter() -> None:
    """The document is the same whatever order routes are registered in."""
    assert to_text(make_document(contracts())) == to_text(make_document(reversed(contracts())))


def test_names_are_unique() -> None:
    """Two views with one name are an error that names it."""
    one = contracts()[0]
    with pytest.raises(ValueError, match="create_thing"):
        make_document([one, one])


def test_operation(document: dict[str, Any]) -> None:
    """An operation has its id, words, access, parameters, body and answers."""
    operation = document["paths"]["/api/things/{thing_id}"]["post"]
    assert operation["operationId"] == "create_thing"
    assert operation["summary"] == "Create a thing's <part>"
    assert operation["description"].startswith("With `everything`.")
    assert operation["security"] == [{"access_token": []}]
    assert operation["parameters"][0]["name"] == "thing_id"
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Outer"}
    assert list(operation["responses"]) == [
        *("201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"),
    ]
    assert operation["responses"]["409"] == {"$ref": "#/components/responses/Conflict"}
    problem = document["components"]["responses"]["Conflict"]["content"]["application/problem+json"]
    assert problem["schema"]["$ref"].endswith("/Problem")


def test_every_route_tells_what_the_wrapper_may_answer(document: dict[str, Any]) -> None:
    """Any route may be asked too often or with too much, or find AWS away; the document says so."""
    for operations in document["paths"].values():
        for operation in operations.values():
            assert {"413", "429", "500", "503"} <= set(operation["responses"])
            assert ("403" in operation["responses"]) == bool(operation["security"])
    waits = document["components"]["responses"]["TooManyRequests"]["headers"]
    assert set(waits) == {"X-Request-Id", "Retry-After"}


def test_query_parameters(document: dict[str, Any]) -> None:
    """A query model becomes parameters with limits and defaults; none of them can be null."""
    operation = document["paths"]["/api/things"]["get"]
    found = {p["name"]: p["schema"] for p in operation["parameters"]}
    assert found["limit"] == {"default": 50, "maximum": 200, "minimum": 1, "type": "integer"}
    assert found["cursor"] == {"maxLength": 2000, "type": "string"}


def test_public_route(document: dict[str, Any]) -> None:
    """A public route needs no token, and tells its other statuses."""
    operation = document["paths"]["/api/refresh"]["post"]
    assert operation["security"] == []
    assert operation["responses"]["204"]["description"] == "No."
    assert "content" not in operation["responses"]["204"]
    assert "401" not in operation["responses"]


def test_two_kinds_of_body(document: dict[str, Any]) -> None:
    """A body that is not JSON is told by its media type alone."""
    content = document["paths"]["/api/files"]["post"]["requestBody"]["content"]
    assert content["text/csv"] == {}
    assert content["application/json"]["schema"]["$ref"].endswith("/Inner")


class _Page(HTMLParser):
    """Collects ids and links, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an opened tag."""
        self.tags.add(tag)
        if tag not in {"meta", "link", "wbr"}:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href" and tag == "a"]

    def handle_endtag(self, tag: str) -> None:
        """Take a tag as closed, which must be the last one opened."""
        assert self.open.pop() == tag


def test_page(document: dict[str, Any]) -> None:
    """The page is well-formed, every link inside it leads somewhere, and nothing is markup."""
    html = render(document)
    page = _Page()
    page.feed(html)
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert {"create_thing", "list_things", "refresh", "take_file", "errors"} <= set(page.ids)
    assert "&lt;part&gt;" in html
    assert "<b>no</b>" not in html
    assert "script" not in page.tags
    assert "<code>everything</code>" in html


def test_curl_example(document: dict[str, Any]) -> None:
    """Each route has a command to try, with a body of its required fields."""
    from html import unescape

    html = unescape(render(document))
    assert '"$PARLEY/api/things/$THING_ID"' in html
    assert '"text": "<text>"' in html
    assert "--data-binary @file" in html
    assert html.count('-H "Authorization: Bearer $TOKEN"') == 3


def test_schema_in_words(document: dict[str, Any]) -> None:
    """A schema is told field by field, through lists, maps and what may be null; it ends."""
    schemas = Schemas(document["components"]["schemas"])
    rows = list(schemas.rows({"$ref": "#/components/schemas/Outer"}))
    assert max(row.depth for row in rows) < 10
    told = {(row.depth, row.name): row for row in rows}
    assert told[0, "inner"].type == "object"
    assert told[0, "inner"].is_required
    assert told[0, "parts"].type == "list of object"
    assert told[0, "parts"].notes == "at most 3 items"
    assert told[0, "note"].type == "string, or null"
    assert told[0, "numbers"].type == "map of integer"
    assert told[1, "text"].notes.endswith("not empty")
    example = schemas.example({"$ref": "#/components/schemas/Outer"})
    assert json.loads(json.dumps(example)) == {"inner": {"text": "<text>"}}
