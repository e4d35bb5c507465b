"""A grant that no test makes use of is found, and one that is used in any way is not."""

from __future__ import annotations

import pytest

from infra.policies import Grant, Grants
from tests.grant_uses import KNOWN, Uses, differences, unused, use_of

GRANTS = Grants(
    every_route=Grant(secret=True, write=frozenset({"rate_limits"})),
    every_change=Grant(write=frozenset({"audit"})),
    blueprints={
        "imports": Grant(
            read=frozenset({"tenants"}),
            write=frozenset({"imports"}),
            send=frozenset({"imports"}),
            bucket={"imports/*": ["get", "put"]},
        )
    },
    routes={"GET /api/imports/{id}": Grant(write=frozenset({"imports"}))},
    functions={"ImporterFunction": Grant(consume=frozenset({"imports"}), look=True)},
)
START = "POST /api/imports"


def used(*without: str) -> Uses:
    """Return uses of every grant but those `without` names."""
    uses = Uses()
    uses.blueprints = {START: "imports", "GET /api/imports/{id}": "imports"}
    requests = {
        "secret": (START, "secretsmanager", "GetSecretValue", ""),
        "rates": ("GET /api/imports/{id}", "dynamodb", "UpdateItem", "parley-local-rate_limits"),
        "audit": (START, "dynamodb", "PutItem", "parley-local-audit"),
        "tenants": (START, "dynamodb", "GetItem", "parley-local-tenants"),
        "imports": (START, "dynamodb", "PutItem", "parley-local-imports"),
        "send": (START, "sqs", "SendMessage", "parley-local-imports"),
        "get": (START, "s3", "GetObject", "imports/ten_1/a.csv"),
        "put": (START, "s3", "PutObject", "imports/ten_1/a.csv"),
        "route": ("GET /api/imports/{id}", "dynamodb", "UpdateItem", "parley-local-imports"),
        "look": ("ImporterFunction", "s3", "ListObjectsV2", ""),
    }
    for name, request in requests.items():
        if name not in without:
            uses.note(*request)
    return uses


def test_nothing_is_left_when_all_is_used() -> None:
    """What Lambda needs to take messages from a queue counts as used."""
    assert list(unused(GRANTS, used())) == []


@pytest.mark.parametrize(
    ("without", "left"),
    [
        ("secret", "every_route: secret"),
        ("rates", "every_route: write rate_limits"),
        ("audit", "every_change: write audit"),
        ("tenants", "imports: read tenants"),
        ("send", "imports: send imports"),
        ("get", "imports: bucket imports/* get"),
        ("put", "imports: bucket imports/* put"),
        ("route", "GET /api/imports/{id}: write imports"),
        ("look", "ImporterFunction: look"),
    ],
)
def test_what_is_not_used_is_named(without: str, left: str) -> None:
    """By where it is granted, the word and what it is on."""
    assert list(unused(GRANTS, used(without))) == [left]


def test_reading_is_no_use_of_a_grant_to_write() -> None:
    """A table that is only read needs no more than that."""
    uses = used("imports", "route")
    uses.note(START, "dynamodb", "Query", "parley-local-imports")
    assert "imports: write imports" in list(unused(GRANTS, uses))


def test_what_a_test_does_by_itself_is_no_use() -> None:
    """Only what is asked for while a function runs counts."""
    uses = used("tenants")
    uses.note("", "dynamodb", "GetItem", "parley-local-tenants")
    assert list(unused(GRANTS, uses)) == ["imports: read tenants"]


def test_every_service_has_its_word() -> None:
    """The words are those of grants.yaml."""
    assert use_of("kms", "Decrypt", "") == ("key", "decrypt")
    assert use_of("sesv2", "SendEmail", "") == ("mail", "")
    assert use_of("scheduler", "CreateSchedule", "") == ("schedule", "")
    assert use_of("sqs", "GetQueueAttributes", "http/plan") == ("watch", "http/plan")
    assert use_of("s3", "DeleteObject", "media/a") == ("bucket delete", "media/a")


def test_the_list_of_untested_grants_only_gets_shorter() -> None:
    """What is new is told, and so is what is tested by now; a list that agrees is silent."""
    assert differences(["a: read b", "c: mail"], ["a: read b", "d: look"]) == [
        "granted, and used by no test: c: mail",
        "used or gone, take it off the list: d: look",
    ]
    assert differences(["a: read b"], ["a: read b"]) == []
    known = KNOWN.read_text("utf-8").splitlines()
    assert known == sorted(set(known))
