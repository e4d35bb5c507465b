"""What rows of numbers and accounts mean for people."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.services.account_state import account_fields, notices_of
from chalicelib.services.number_state import number_out, problems_of, setup_of
from chalicelib.storage.accounts import AccountRow
from chalicelib.storage.numbers import NumberRow

DONE = {"subscribe": {"state": "done", "at": 1}}
NOW_MS = 1_794_700_000_000


def row(**changes: Any) -> NumberRow:
    """Return a number that is well, changed as told."""
    fields: dict[str, Any] = {
        "phone_number_id": "3001",
        "waba_id": "2001",
        "display_phone_number": "+1 555 010 0001",
        "verified_name": "Acme",
        "quality_rating": "GREEN",
        "throughput_level": "STANDARD",
        "status": "CONNECTED",
        "token_ciphertext": b"x",
        "setup": DONE,
        "connected_at": 1,
    }
    return NumberRow("ten_1", "num_1", **(fields | changes))


def test_number_that_is_well() -> None:
    """Nothing to tell is green."""
    out = number_out(row())
    assert (out.state, out.problems) == ("green", [])


@pytest.mark.parametrize(
    ("changes", "state", "sources"),
    [
        ({"token_error": "Session has expired"}, "red", ["token"]),
        ({"status": "BANNED"}, "red", ["status", "setup"]),
        ({"status": "FLAGGED", "setup": {**DONE, "register": {"state": "done"}}}, "yellow",
         ["status"]),
        ({"setup": {}}, "red", ["setup"]),
        ({"quality_rating": "RED"}, "yellow", ["quality"]),
        ({"name_status": "DECLINED"}, "yellow", ["name"]),
        ({"quality_rating": "RED", "token_error": "x"}, "red", ["token", "quality"]),
        ({"disconnected_at": 5, "token_error": "x"}, "disconnected", []),
        ({"health": {"can_send_message": "LIMITED", "entities": [
            {"entity_type": "WABA", "id": "1", "can_send_message": "LIMITED"}]}}, "yellow",
         ["health"]),
        ({"health": {"can_send_message": "AVAILABLE", "entities": [
            {"entity_type": "WABA", "id": "1", "can_send_message": "AVAILABLE"}]}}, "green", []),
    ],
)  # fmt: skip
def test_what_is_wrong(changes: dict[str, Any], state: str, sources: list[str]) -> None:
    """Each thing that is wrong is told with a next step, worst first, and colours the number."""
    out = number_out(row(**changes))
    assert out.state == state
    assert [problem.source for problem in out.problems] == sources
    assert all(problem.next_step and problem.text for problem in out.problems)
    assert sorted(out.problems, key=lambda one: one.severity != "red") == out.problems


def test_steps_of_each_kind_of_number() -> None:
    """A number of the app is never to be registered; another has nothing to hand over."""
    assert [step.step for step in setup_of(row())] == ["subscribe", "register"]
    coexistence = setup_of(row(is_on_biz_app=True))
    assert [step.step for step in coexistence] == ["subscribe", "smb_app_state_sync", "history"]
    failed = {"state": "failed", "at": 2, "code": 133005, "error": "PIN mismatch"}
    (problem,) = [
        one
        for one in problems_of(row(status="UNKNOWN", setup={**DONE, "register": failed}))
        if one.source == "setup"
    ]
    assert (problem.code, problem.text) == (133005, "PIN mismatch")


REMEDY = "Do this."
STATES: list[tuple[str, dict[str, Any], str, str]] = [
    ("review", {"decision": "REJECTED"}, "red", "refused the account"),
    ("review", {"decision": "PENDING"}, "yellow", "reviewing"),
    ("ban", {"ban_info": {"waba_ban_state": "DISABLE"}}, "red", "disabled"),
    ("ban", {"ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "May 1"}},
     "yellow", "May 1"),
    ("restrictions", {"restriction_info": [
        {"restriction_type": "RESTRICTED_UTILITY_TEMPLATES", "expiration": 1_794_800_000,
         "remediation": REMEDY}]}, "yellow", "Until 2026-11"),
    ("restrictions", {"restriction_info": [{"restriction_type": "NEW_ONE"}]}, "yellow", "NEW_ONE"),
    ("violation", {"violation_info": {"violation_type": "SCAM"}}, "yellow", "SCAM"),
    ("partner", {"event": "PARTNER_APP_UNINSTALLED"}, "red", "no longer shares"),
    ("deleted", {"event": "ACCOUNT_DELETED"}, "red", "deleted"),
    ("alerts", {"OBA 1": {"alert_type": "OBA", "alert_status": "ACTIVE",
                          "alert_severity": "CRITICAL", "alert_description": "Look here"}},
     "yellow", "Look here"),
    ("token", {"state": "refused", "error": "Session has expired"}, "red", "Session has expired"),
    ("subscription", {"state": "failed", "error": "no permission"}, "red", "no permission"),
]  # fmt: skip


@pytest.mark.parametrize(("matter", "report", "state", "words"), STATES)
def test_reports_in_words(matter: str, report: dict[str, Any], state: str, words: str) -> None:
    """Each report that matters is told with a next step and colours the account."""
    account = AccountRow("ten_1", "2001", state={matter: report}, created_at=1)
    (notice,) = notices_of(account, NOW_MS)
    assert words in notice.text
    assert notice.next_step
    assert account_fields(account, NOW_MS)["state"] == state


QUIET: list[tuple[str, dict[str, Any]]] = [
    ("review", {"decision": "APPROVED"}),
    ("ban", {"ban_info": {"waba_ban_state": "REINSTATE"}}),
    ("restrictions", {"restriction_info": [{"restriction_type": "X", "expiration": 1}]}),
    ("restrictions", {"restriction_info": "?"}),
    ("partner", {"event": "PARTNER_ADDED"}),
    ("alerts", {"OBA 1": {"alert_type": "OBA", "alert_status": "NONE"}}),
    ("subscription", {"state": "done"}),
    ("token", {"state": "works"}),
    ("capability", {"max_phone_numbers_per_business": 20}),
]  # fmt: skip


@pytest.mark.parametrize(("matter", "report"), QUIET)
def test_reports_of_what_is_well(matter: str, report: dict[str, Any]) -> None:
    """What is over, or was never wrong, leaves the account green; the report itself is kept."""
    fields = account_fields(
        AccountRow("ten_1", "2001", state={matter: report}, created_at=1), NOW_MS
    )
    assert (fields["state"], fields["notices"]) == ("green", [])
    assert fields["reports"] == {matter: report}
