"""Calls about Meta's library, one-time codes in many languages, comparisons and moves."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.whatsapp import template_library as library, templates as meta
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import Refused
from chalicelib.whatsapp.graph import GraphRequest, read_items
from tests.component.graph.server import GraphServer


@pytest.fixture(name="call")
def _call(graph: GraphServer) -> Any:
    """Give a function that makes a call with the account's token."""

    def call(request: GraphRequest) -> dict[str, Any]:
        return graph_client().call(graph.fixture.access_token, request)

    return call


def test_template_of_the_library(graph: GraphServer, call: Any) -> None:
    """A text of Meta's is found and made one's own, its link filled in."""
    waba_id = graph.fixture.waba_id
    (entry,) = read_items(call(library.library_request(search="on its way")))
    inputs = [
        {
            "type": "URL",
            "url": {
                "base_url": "https://example.com/{{1}}",
                "url_suffix_example": "https://example.com/77",
            },
        }
    ]
    request = library.create_from_library_request(
        waba_id,
        name="shipped",
        language="en_US",
        library_name=str(entry["name"]),
        button_inputs=inputs,
    )
    made = meta.read_template(call(request))
    found = meta.read_template(call(meta.get_request(made.meta_template_id)))
    assert found.components[1]["buttons"][0]["url"] == "https://example.com/{{1}}"
    with pytest.raises(Refused, match="library"):
        call(
            library.create_from_library_request(
                waba_id, name="n", language="en_US", library_name="nothing"
            )
        )


def test_codes_in_many_languages(graph: GraphServer, call: Any) -> None:
    """A one-time code is made in some languages at once, and again in one more."""
    waba_id = graph.fixture.waba_id
    components: list[dict[str, Any]] = [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
    ]
    first = read_items(
        call(library.upsert_request(waba_id, "code", ["en_US", "de"], components, ttl_s=60))
    )
    again = read_items(
        call(library.upsert_request(waba_id, "code", ["en_US", "de", "fr"], components))
    )
    assert [item["id"] for item in again][:2] == [item["id"] for item in first]
    assert len(graph.simulation.world.templates) == 3
    previews = library.read_previews(
        call(
            library.previews_request(
                waba_id,
                ["en_US"],
                add_security_recommendation=True,
                code_expiration_minutes=5,
            )
        )
    )
    body, footer = previews["en_US"]
    assert body.startswith("*{{1}}* is your verification code. For your security")
    assert footer == "This code expires in 5 minutes."
    ids = [str(item["id"]) for item in again]
    call(meta.delete_many_request(waba_id, ids))
    assert graph.simulation.world.templates == {}


def test_comparison(graph: GraphServer, call: Any) -> None:
    """Two templates are compared over 7 to 90 days; any other span is refused beforehand."""
    waba_id, ids = graph.fixture.waba_id, []
    for name in ("a", "b"):
        made = call(
            GraphRequest(
                "POST",
                f"/{waba_id}/message_templates",
                json={
                    "name": name,
                    "language": "en_US",
                    "category": "UTILITY",
                    "components": [{"type": "BODY", "text": "Good day to you"}],
                },
            )
        )
        ids.append(str(made["id"]))
    found = library.read_comparison(
        call(library.compare_request(ids[0], ids[1:], end_s=1_794_700_000, days=30))
    )
    assert found.sends == {ids[0]: 0, ids[1]: 0}
    assert found.by_block_rate == tuple(ids)
    with pytest.raises(ValueError, match="not 31"):
        library.compare_request(ids[0], ids[1:], end_s=1_794_700_000, days=31)


def test_migration(graph: GraphServer, call: Any) -> None:
    """A move within one account is refused; what Meta says of each template is read."""
    waba_id = graph.fixture.waba_id
    with pytest.raises(Refused, match="same account"):
        call(library.migrate_request(waba_id, waba_id))
    answers: list[dict[str, Any]] = [
        {"migrated_templates": ["1"], "failed_templates": [{"id": "2", "reason": "exists"}]},
        {"migrated_templates": ["1"], "failed_templates": {"2": "exists"}},
    ]
    for answer in answers:
        assert library.read_migration(answer) == library.Migration(("1",), {"2": "exists"})
