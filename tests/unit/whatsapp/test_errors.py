"""What an answer of Meta means for the message that was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.errors import Invalid, Unavailable, Upstream
from chalicelib.whatsapp.codes import THROTTLE_CODES
from chalicelib.whatsapp.errors import (
    Blocked,
    NumberBlocked,
    OutcomeUnknown,
    Refused,
    Retry,
    TemplateBlocked,
    Throttled,
    TokenRefused,
    Unreachable,
    WhatsAppError,
    as_app_error,
    error_from_body,
    explain,
    pauses_campaign,
)
from chalicelib.whatsapp.graph import node, read_answer


def _error(status: int, code: int | None, subcode: int | None = None) -> WhatsAppError:
    return error_from_body(
        status, {"error": {"message": "m", "code": code, "error_subcode": subcode}}
    )


@pytest.mark.parametrize("code", sorted(THROTTLE_CODES))
@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_throttling_may_be_repeated(code: int, status: int) -> None:
    """The five codes that Meta gives before it accepts are safe to repeat, whatever the status."""
    error = _error(status, code)
    assert type(error) is Throttled
    assert error.retry is Retry.SAFE
    assert not error.pauses


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 190, TokenRefused),
        (401, 0, TokenRefused),
        (500, 3, TokenRefused),
        (403, 10, TokenRefused),
        (403, 200, TokenRefused),
        (403, 299, TokenRefused),
        (403, 131005, TokenRefused),
        (403, 368, NumberBlocked),
        (403, 131031, NumberBlocked),
        (400, 131042, NumberBlocked),
        (500, 131045, NumberBlocked),
        (400, 133010, NumberBlocked),
        (400, 131048, NumberBlocked),
        (400, 131037, NumberBlocked),
        (400, 131063, NumberBlocked),
        (404, 132001, TemplateBlocked),
        (400, 132000, TemplateBlocked),
        (400, 132007, TemplateBlocked),
        (400, 132012, TemplateBlocked),
        (400, 132015, TemplateBlocked),
        (400, 132016, TemplateBlocked),
        (400, 132018, TemplateBlocked),
        (400, 132068, TemplateBlocked),
        (400, 131026, Refused),
        (400, 131049, Refused),
        (400, 100, Refused),
        (400, 131000, Refused),
        (400, 999_999, Refused),
        (500, 131000, OutcomeUnknown),
        (500, 131016, OutcomeUnknown),
        (503, 2, OutcomeUnknown),
        (500, 999_999, OutcomeUnknown),
        (408, None, OutcomeUnknown),
        (502, None, OutcomeUnknown),
        (302, None, OutcomeUnknown),
        (404, None, Refused),
        (429, None, Throttled),
    ],
)
def test_kind_of_answer(status: int, code: int | None, kind: type[WhatsAppError]) -> None:
    """Meta's code decides; where it does not, a 4xx is a refusal and anything else is unclear."""
    assert type(_error(status, code)) is kind


def test_missing_object_is_told_from_a_bad_parameter() -> None:
    """`100` with subcode 33 is the deleted number or the wrong id, which stops a campaign."""
    assert (_error(400, 100, 33).code, _error(400, 100, 33).pauses) == (33, True)
    assert (_error(400, 100, 1).code, _error(400, 100, 1).pauses) == (100, False)


@given(status=st.integers(300, 599), code=st.none() | st.integers(-5, 3_000_000))
def test_nothing_unclear_is_ever_repeated(status: int, code: int | None) -> None:
    """SAFE is only what Meta refused before accepting it; only a Blocked pauses a campaign."""
    error = _error(status, code)
    if error.retry is Retry.SAFE:
        assert code in THROTTLE_CODES or (code is None and status == 429)
    assert error.pauses == isinstance(error, Blocked)
    if code is not None:
        assert pauses_campaign(code) == error.pauses or (code == 100)


@given(code=st.integers())
def test_every_code_is_explained(code: int) -> None:
    """Each code, known or not, has a title, a cause and a next step."""
    told = explain(code)
    assert told.title
    assert told.cause
    assert told.next_step


def test_permission_codes_are_explained_as_a_range() -> None:
    """Meta reserves 200 to 299 for permissions: those that stand in no list say so too."""
    assert explain(250) == explain(10)


def test_words_hold_meta_s_own() -> None:
    """The message, its details and the text for users are all there, none twice."""
    error = error_from_body(
        400,
        {
            "error": {
                "message": "(#131008) Required parameter is missing",
                "error_data": {"details": "Parameter of type text is missing text value"},
                "error_user_msg": "Parameter of type text is missing text value",
                "code": 131008,
                "fbtrace_id": "AbC",
            }
        },
    )
    assert error.detail == (
        "(#131008) Required parameter is missing – Parameter of type text is missing text value"
    )
    assert error.trace_id == "AbC"


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"\xff", b"null"])
def test_answer_without_json(body: bytes) -> None:
    """An edge's page, or nothing, is read without an error of its own and judged by its status."""
    with pytest.raises(OutcomeUnknown):
        read_answer(502, body)
    with pytest.raises(OutcomeUnknown):
        read_answer(200, body)
    with pytest.raises(Refused):
        read_answer(404, body)


def test_odd_error_objects() -> None:
    """An error object with wrong types is judged by the status."""
    payloads: tuple[dict[str, Any], ...] = (
        {},
        {"error": 7},
        {"error": {"code": "190", "message": 3}},
        {"error": {}},
    )
    for payload in payloads:
        assert type(error_from_body(500, payload)) is OutcomeUnknown


def test_success_with_an_error_inside() -> None:
    """A 200 that carries an error object is that error."""
    body = json.dumps({"error": {"message": "m", "code": 190}}).encode()
    with pytest.raises(TokenRefused):
        read_answer(200, body)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (Throttled("m", 4), Unavailable, "try again"),
        (Unreachable("m"), Unavailable, "cannot be reached"),
        (OutcomeUnknown("m"), Upstream, "may or may not"),
        (TokenRefused("m", 190), Upstream, "valid access token"),
        (NumberBlocked("m", 131042), Upstream, "Billing Hub"),
        (Refused("m", 131047), Invalid, "approved template"),
        (TemplateBlocked("m", 132001), Invalid, "Wait for approval"),
    ],
)
def test_error_of_the_api(error: WhatsAppError, kind: type[Exception], words: str) -> None:
    """Each kind becomes an error of the API that carries Meta's words and says what to do."""
    found = as_app_error(error)
    assert type(found) is kind
    assert words in found.detail
    assert "m" in found.detail


def test_ids_cannot_leave_their_place_in_a_path() -> None:
    """An id with separators is escaped, so that it cannot lead a call elsewhere."""
    assert node("30/../me", "messages?x") == "/30%2F..%2Fme/messages%3Fx"
