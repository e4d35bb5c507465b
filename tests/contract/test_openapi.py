"""The OpenAPI document: complete, valid, committed and served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.core.contract import Contract
from chalicelib.core.openapi import DOCUMENT
from infra import openapi
from tests.component.api_client import ApiClient
from tests.component.conftest import load_app
from tests.contract.routes import contracts, route_name

# Every role may ask who it is.
# About the user who asks, whatever their role.
WITHOUT_PERMISSION = {
    "GET /api/auth/me",
    "PATCH /api/auth/me",
    "POST /api/auth/password",
    "GET /api/auth/sessions",
    "DELETE /api/auth/sessions/{session_id}",
    "POST /api/auth/totp",
    "PUT /api/auth/totp",
}


@pytest.fixture(scope="module", name="document")
def _document() -> dict[str, Any]:
    """Give the document made from the routes."""
    made: dict[str, Any] = json.loads(openapi.document_text(load_app()))
    return made


def test_committed_document_is_up_to_date() -> None:
    """chalicelib/openapi.json is what the routes say; `make openapi` writes it anew."""
    assert DOCUMENT.read_text(encoding="utf-8") == openapi.document_text(load_app())


def test_document_is_valid(document: dict[str, Any]) -> None:
    """The document is valid OpenAPI 3.1."""
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("contract", contracts(), ids=route_name)
def test_route_has_a_contract(contract: Contract) -> None:
    """Each route has a summary, a known tag, and a permission unless it is public."""
    assert contract.summary
    assert len(contract.summary) < 90
    assert contract.permission or contract.is_public or route_name(contract) in WITHOUT_PERMISSION
    assert contract.path.startswith("/api/")
    assert contract.status in {200, 201, 202, 204}


def test_every_tag_is_described(document: dict[str, Any]) -> None:
    """The tags that routes use are those that the document describes."""
    used = {
        operation["tags"][0] for path in document["paths"].values() for operation in path.values()
    }
    assert used == {tag["name"] for tag in document["tags"]}


def test_document_and_page_are_served(api: ApiClient) -> None:
    """Anybody gets the committed document, and a page of it that no policy of its own breaks."""
    nobody = api.acting_as(None)
    served = nobody.get("/api/openapi.json")
    assert served.status == 200
    assert served.body == json.loads(DOCUMENT.read_text(encoding="utf-8"))
    page = nobody.get("/api/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert "unsafe" not in page.headers["content-security-policy"]
    for operation_id in (c.name for c in contracts()):
        assert f'id="{operation_id}"' in page.text


def test_check_finds_drift(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` fails with a diff for an old document, and passes when it is written anew."""
    old = tmp_path / "openapi.json"
    old.write_text("{}\n", encoding="utf-8")
    monkeypatch.setattr(openapi, "DOCUMENT", old)
    assert openapi.main(["--check"]) == 1
    found = capsys.readouterr()
    assert "-{}" in found.out
    assert "make openapi" in found.err
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0
