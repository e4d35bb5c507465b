"""The rules of new templates: each broken one is told by the name of its field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.errors import FieldError
from chalicelib.schemas.template_edits import TemplateCreate
from chalicelib.services.template_drafts import draft_of, problems_of
from chalicelib.whatsapp.template_languages import LANGUAGES
from chalicelib.whatsapp.template_text import shape_of, variables

GOOD: dict[str, Any] = {
    "number_id": "num_x",
    "name": "order_update",
    "language": "en_US",
    "category": "UTILITY",
    "header": {"text": "Order {{1}}", "examples": ["77"]},
    "body": "Hi {{1}}, your {{2}} ships today.",
    "body_examples": ["Ana", "hat"],
    "footer": "Reply STOP to opt out",
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Stop"},
        {
            "type": "URL",
            "text": "Track",
            "url": "https://example.com/{{1}}",
            "example": "https://example.com/77",
        },
        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"},
    ],
}
URL: dict[str, Any] = {"type": "URL", "text": "Go", "url": "https://example.com/a"}
REPLY: dict[str, Any] = {"type": "QUICK_REPLY", "text": "Yes"}
PHONE: dict[str, Any] = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"}


def _request(**changes: Any) -> TemplateCreate:
    return TemplateCreate.model_validate(GOOD | changes)


def problems(request: TemplateCreate) -> tuple[FieldError, ...]:
    """Return what is wrong with a request, by its fields."""
    draft = draft_of(
        request, name=request.name, language=request.language, category=request.category
    )
    return problems_of(request, draft)


def components_of(request: TemplateCreate) -> list[dict[str, Any]]:
    """Return what a request becomes."""
    draft = draft_of(
        request, name=request.name, language=request.language, category=request.category
    )
    return [dict(part) for part in draft.components]


def test_good_template_has_no_problem() -> None:
    """A template that keeps all rules passes and becomes Meta's components."""
    request = _request()
    assert problems(request) == ()
    assert components_of(request) == [
        {
            "type": "HEADER",
            "format": "TEXT",
            "text": "Order {{1}}",
            "example": {"header_text": ["77"]},
        },
        {
            "type": "BODY",
            "text": "Hi {{1}}, your {{2}} ships today.",
            "example": {"body_text": [["Ana", "hat"]]},
        },
        {"type": "FOOTER", "text": "Reply STOP to opt out"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop"},
                {
                    "type": "URL",
                    "text": "Track",
                    "url": "https://example.com/{{1}}",
                    "example": ["https://example.com/77"],
                },
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"},
            ],
        },
    ]


def test_plain_template_has_a_body_only() -> None:
    """Header, footer, buttons and examples are left out where there are none."""
    request = _request(header=None, footer=None, buttons=[], body="Hello there", body_examples=[])
    assert problems(request) == ()
    assert components_of(request) == [{"type": "BODY", "text": "Hello there"}]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "xx"}, "language"),
        ({"language": "en_DE"}, "language"),
        ({"category": "AUTHENTICATION"}, "header"),
        ({"body_examples": ["Ana"]}, "body_examples"),
        ({"body_examples": ["Ana", "hat", "more"]}, "body_examples"),
        ({"body": "Hi there, no variables", "body_examples": ["Ana"]}, "body_examples"),
        ({"body": "Hi {{2}}, your {{1}} ships today."}, "body"),
        ({"body": "Hi {{1}}, your {{3}} ships today."}, "body"),
        ({"body": "Hi {{name}}, your {{1}} ships today."}, "body"),
        ({"body": "Hi {{ 1 }}, your {{2}} ships today."}, "body"),
        ({"body": "Hi {{0}}, your {{1}} ships today."}, "body"),
        ({"body": "Hi {{1}, your {{2}} ships today."}, "body"),
        ({"body": "Hi {{}}, your hat ships today.", "body_examples": []}, "body"),
        ({"body": "Hi 1}} your hat ships today.", "body_examples": []}, "body"),
        ({"body": "{{1}} your {{2}} ships today."}, "body"),
        ({"body": "Hi, your {{1}} ships {{2}}"}, "body"),
        ({"body": "Hi, your {{1}} {{2}} ships today."}, "body"),
        ({"body": "Hi, your {{1}}{{2}} ships today."}, "body"),
        ({"body": "a {{1}} , {{2}} .", "body_examples": ["x", "y"]}, "body"),
        ({"header": {"text": "Order {{1}}", "examples": []}}, "header.examples"),
        ({"header": {"text": "Order", "examples": ["77"]}}, "header.examples"),
        ({"header": {"text": "Order {{2}}", "examples": ["77"]}}, "header.text"),
        ({"header": {"text": "{{1}} and {{2}}", "examples": ["77"]}}, "header.text"),
        ({"header": {"text": "two\nlines"}}, "header.text"),
        ({"footer": "Bye {{1}}"}, "footer"),
        ({"footer": "two\nlines"}, "footer"),
        ({"buttons": [URL, URL, URL]}, "buttons"),
        ({"buttons": [PHONE, PHONE]}, "buttons"),
        ({"buttons": [REPLY, URL, REPLY]}, "buttons"),
        ({"buttons": [URL, REPLY, PHONE]}, "buttons"),
        ({"buttons": [{**REPLY, "text": "{{1}}"}]}, "buttons.0.text"),
        ({"buttons": [{**URL, "url": "https://example.com/{{1}}/a"}]}, "buttons.0.url"),
        ({"buttons": [{**URL, "url": "https://example.com/{{2}}"}]}, "buttons.0.url"),
        ({"buttons": [{**URL, "url": "https://{{1}}"}]}, "buttons.0.url"),
        ({"buttons": [{**URL, "url": "example.com/a"}]}, "buttons.0.url"),
        ({"buttons": [{**URL, "url": "https://exa mple.com"}]}, "buttons.0.url"),
        ({"buttons": [{**URL, "url": "https://example.com/{{1}}"}]}, "buttons.0.example"),
        ({"buttons": [{**URL, "example": "https://example.com/a"}]}, "buttons.0.example"),
        (
            {"buttons": [{**URL, "url": "https://example.com/{{1}}", "example": "77"}]},
            "buttons.0.example",
        ),
    ],
)
def test_broken_rule_names_its_field(changes: dict[str, Any], field: str) -> None:
    """What WhatsApp would refuse is told beforehand, with the field and what to do."""
    found = problems(_request(**changes))
    assert field in {problem.field for problem in found}
    assert all(problem.message.endswith(".") for problem in found)


def test_all_problems_are_told_at_once() -> None:
    """A form with three wrong fields shows three errors, not the first alone."""
    found = problems(_request(language="xx", footer="{{1}}", body_examples=[]))
    assert {p.field for p in found} == {"language", "footer", "body_examples"}


def test_text_without_spaces_is_left_to_meta() -> None:
    """Chinese, Japanese, Thai and Lao text is not judged by a count of words."""
    body = "尊敬的{{1}}，您的{{2}}将于{{3}}送达。"
    request = _request(language="zh_CN", body=body, body_examples=["安", "帽子", "周一"])
    assert problems(request) == ()


def test_languages_have_the_shape_that_the_schema_takes() -> None:
    """Each language of Meta can pass the request's own pattern."""
    for language in LANGUAGES:
        assert problems(_request(language=language)) == ()


@given(
    words=st.lists(st.text(alphabet="abcdé ", min_size=1, max_size=8), min_size=3, max_size=6),
    count=st.integers(0, 2),
)
def test_what_passes_reads_back_the_same(words: list[str], count: int) -> None:
    """A request without problems has exactly the variables that its examples are for."""
    text = "Hello dear friend"
    for number in range(1, count + 1):
        text += f" {{{{{number}}}}} {words[number % len(words)]} then"
    request = _request(body=text, body_examples=["x"] * count, header=None, buttons=[])
    assert problems(request) == ()
    shape = shape_of("n", "en", components_of(request))
    assert variables(shape) == tuple(f"body.{n}" for n in range(1, count + 1))
