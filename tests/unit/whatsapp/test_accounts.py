"""Calls about numbers and templates: what is asked, and answers that lack what they should have."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import httpx
import pytest

from chalicelib.whatsapp import graph, numbers, templates
from chalicelib.whatsapp.client import GraphClient
from chalicelib.whatsapp.errors import NumberBlocked, OutcomeUnknown, Refused


def test_number_without_fields() -> None:
    """A number of which Meta says little still reads, with words that say so."""
    fields = numbers.read_number({"id": "3", "throughput": "fast"})
    assert (fields.phone_number_id, fields.display_phone_number) == ("3", "")
    assert (fields.quality_rating, fields.status) == ("UNKNOWN", "UNKNOWN")
    assert fields.throughput_level == "NOT_APPLICABLE"


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        ({}, None),
        ({"paging": []}, None),
        ({"paging": {"cursors": {"after": "A"}}}, None),
        ({"paging": {"next": "https://x", "cursors": {"after": "A"}}}, "A"),
        ({"paging": {"next": "https://x"}}, None),
        ({"paging": {"next": "https://x", "cursors": []}}, None),
    ],
)
def test_next_page(answer: dict[str, Any], after: str | None) -> None:
    """There is a next page only where Meta gives both the link and the cursor."""
    assert graph.read_next(answer) == after


def test_items_that_are_no_objects() -> None:
    """A list that is none, or holds other things than objects, gives what it has."""
    assert numbers.read_ids({"data": "x"}) == ()
    assert numbers.read_ids({"data": [7, {"id": "3"}, {"name": "n"}, None]}) == ("3",)


def test_pages_are_asked_for_by_cursor() -> None:
    """The cursor goes along only where there is one."""
    assert "after" not in (numbers.account_numbers_request("2").params or {})
    assert (numbers.account_numbers_request("2", "A").params or {})["after"] == "A"
    assert (templates.find_request("2", "n", "A").params or {})["after"] == "A"


def test_template_of_a_creation() -> None:
    """The short answer of a creation reads as a template in review without components."""
    template = templates.read_template({"id": 700, "status": "pending", "category": "utility"})
    assert (template.meta_template_id, template.status) == ("700", "PENDING")
    assert (template.category, template.components) == ("UTILITY", ())
    assert templates.read_template({"rejected_reason": "NONE"}).rejected_reason is None
    assert templates.read_template({"rejected_reason": "SCAM"}).rejected_reason == "SCAM"


def test_template_with_all_its_fields() -> None:
    """Quality with its time, both other categories and the time to live are read."""
    template = templates.read_template(
        {
            "id": "700",
            "quality_score": {"score": "green", "date": 1_794_000_000},
            "previous_category": "UTILITY",
            "correct_category": "MARKETING",
            "message_send_ttl_seconds": 3600,
        }
    )
    assert (template.quality_score, template.quality_at_ms) == ("GREEN", 1_794_000_000_000)
    assert (template.previous_category, template.correct_category) == ("UTILITY", "MARKETING")
    assert template.ttl_s == 3600


def test_deletion_names_one_translation() -> None:
    """Name and id go together, so that the other languages of the name stay."""
    request = templates.delete_request("2", "n", "700")
    assert (request.method, request.params) == ("DELETE", {"name": "n", "hsm_id": "700"})


def test_refusals_with_a_meaning() -> None:
    """The taken name and the missing template are told from other refusals."""
    assert templates.is_name_taken(Refused("m", 100, subcode=2388024))
    assert not templates.is_name_taken(Refused("m", 100, subcode=1))
    assert not templates.is_name_taken(OutcomeUnknown("m", 100, subcode=2388024))
    assert templates.is_gone(NumberBlocked("m", 33))
    assert not templates.is_gone(Refused("m", 100))


def test_archive_has_its_own_host() -> None:
    """The two calls without a version go to Meta's other host; all else to the Graph API's."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"success": True})

    with closing(GraphClient(httpx.MockTransport(answer))) as client:
        for is_archived in (True, False):
            client.call("t", templates.archive_request("2", ["700"], is_archived=is_archived))
        client.call("t", templates.unpause_request("700"))
    assert asked == [
        "https://api.facebook.com/2/message_templates/archive",
        "https://api.facebook.com/2/message_templates/unarchive",
        "https://graph.facebook.com/v26.0/700/unpause",
    ]
