"""A grant becomes the IAM statements that it names, and a word that means nothing is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.policies import Grant, GrantError, Grants, read_grants, statements
from infra.resources import fragment, tables


def actions(grant: Grant) -> set[str]:
    """Return every action that `grant` allows on anything."""
    return {action for statement in statements(grant) for action in statement["Action"]}


def test_every_grant_names_what_exists() -> None:
    """Tables and queues of grants.yaml are those of resources.yaml; each event function has one."""
    grants = read_grants()
    resources = fragment()["Resources"]
    every = [grants.every_route, *grants.blueprints.values(), *grants.routes.values()]
    for grant in [*every, *grants.functions.values()]:
        assert grant.read | grant.write <= set(tables())
        queues = grant.send | grant.consume | grant.watch
        assert {f"{name.capitalize()}Queue" for name in queues} <= set(resources)
        assert grant.key <= {"encrypt", "decrypt"}
    functions = {n for n, r in resources.items() if r["Type"] == "AWS::Serverless::Function"}
    assert set(grants.functions) == functions


def test_reading_grants_no_write() -> None:
    """A table that is only read can only be read, and its indexes with it."""
    (statement,) = statements(Grant(read=frozenset({"contacts"})))
    assert not {a for a in statement["Action"] if "Put" in a or "Write" in a or "Delete" in a}
    assert statement["Resource"] == [
        {"Fn::GetAtt": ["ContactsTable", "Arn"]},
        {"Fn::Sub": "${ContactsTable.Arn}/index/*"},
    ]


def test_no_grant_scans_or_alters_a_table() -> None:
    """Scan, which cannot be held to one tenant, and table administration are nobody's."""
    everything = Grant(write=frozenset(tables()))
    assert not {a for a in actions(everything) if "Scan" in a or "Table" in a}


def test_a_get_route_only_reads() -> None:
    """What a blueprint writes, its GET routes read; `routes` may say more for one of them."""
    own = Grant(
        write=frozenset({"contacts"}),
        send=frozenset({"imports"}),
        bucket={"imports/*": ["get", "put"]},
        key=frozenset({"encrypt", "decrypt"}),
    )
    more = {"GET /api/special": Grant(write=frozenset({"sessions"}))}
    grants = Grants(
        Grant(secret=True), Grant(write=frozenset({"audit"})), {"contacts": own}, more, {}
    )
    read = grants.of_route("contacts", "GET", "/api/contacts")
    assert read.read == {"contacts"}
    assert not read.write | read.send
    assert read.bucket == {"imports/*": ["get"]}
    assert read.key == {"decrypt"}
    assert read.secret
    assert grants.of_route("contacts", "GET", "/api/special").write == {"sessions"}
    assert grants.of_route("contacts", "POST", "/api/contacts").write == {"contacts", "audit"}


def test_grants_add_up() -> None:
    """Two grants together allow what either does."""
    one = Grant(bucket={"a/*": ["get"]}, key=frozenset({"encrypt"}))
    two = Grant(bucket={"a/*": ["put"], "b/*": ["get"]}, look=True)
    assert one | two == Grant(
        bucket={"a/*": ["get", "put"], "b/*": ["get"]}, key=frozenset({"encrypt"}), look=True
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("every_route: {wirte: [contacts]}", "unknown word 'wirte'"),
        ("every_route: {}\nfunctions: {SenderFunction: {queue: [send]}}", "unknown word 'queue'"),
    ],
)
def test_an_unknown_word_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A slip of the pen does not silently grant nothing."""
    path = tmp_path / "grants.yaml"
    path.write_text(text)
    with pytest.raises(GrantError, match=message):
        read_grants(path)


def test_a_function_without_a_grant_is_refused() -> None:
    """An event function that is added must say what it touches."""
    empty: dict[str, Any] = {}
    with pytest.raises(GrantError, match="no entry 'AuditFunction'"):
        Grants(Grant(), Grant(), empty, empty, empty).of_function("AuditFunction")
