"""Finds what infra/policies/grants.yaml grants and no test of the component tier makes use of.

tests/grant_guard.py refuses what is not granted; this is the other half. It notes each use of a
grant while a function's entry point runs. Once the whole tier has run it tells what was never used:
a grant that nothing needs is taken out, one that something needs gets a test. Those known to lack a
test of this tier are listed in tests/data/untested_grants.txt; with `--strict-grants` a run fails
unless exactly those are left, so that the list can only get shorter.

A presigned URL uses the grant of whoever signed it. What a process keeps (the secret, decrypted
tokens) counts as used each time, for a deployed function would have to ask.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.policies import WRITE, Grant, Grants, read_grants

TIER = Path(__file__).parent / "component"
KNOWN = Path(__file__).parent / "data" / "untested_grants.txt"
OBJECTS = {
    "GetObject": "get",
    "HeadObject": "get",
    "PutObject": "put",
    "CreateMultipartUpload": "put",
    "UploadPart": "put",
    "CompleteMultipartUpload": "put",
    "DeleteObject": "delete",
    "AbortMultipartUpload": "abort",
}

Use = tuple[str, str]  # a word of grants.yaml, and what it was used on


class Uses:
    """What each function made use of, and the blueprint of each route that ran."""

    def __init__(self) -> None:
        self.of: dict[str, set[Use]] = {}
        self.blueprints: dict[str, str] = {}

    def note(self, function: str, service: str, action: str, resource: str) -> None:
        """Note a request that was granted."""
        if function:
            self.of.setdefault(function, set()).add(use_of(service, action, resource))

    def by(self, functions: Iterable[str]) -> set[Use]:
        """Return what any of `functions` used."""
        return set().union(*(self.of.get(name, set()) for name in functions))

    def routes(self, blueprint: str | None = None) -> list[str]:
        """Return the routes that ran, of one blueprint or of all."""
        return [name for name, of in self.blueprints.items() if blueprint in {None, of}]


USES = Uses()


def use_of(service: str, action: str, resource: str) -> Use:
    """Return the word of grants.yaml that a request makes use of, and on what."""
    if service == "dynamodb":
        return ("write" if action in WRITE else "read"), resource.rsplit("-", maxsplit=1)[-1]
    if service == "sqs":
        word = {"SendMessage": "send", "GetQueueAttributes": "watch"}.get(action, "consume")
        return word, resource.rsplit("-", maxsplit=1)[-1].lower()
    if service == "s3" and action in OBJECTS:
        return f"bucket {OBJECTS[action]}", resource
    words = {
        "s3": "look",
        "scheduler": "schedule",
        "sesv2": "mail",
        "ses": "mail",
        "secretsmanager": "secret",
    }
    return (words[service], "") if service in words else ("key", action.lower())


def unused(grants: Grants, uses: Uses) -> Iterator[str]:
    """Give each grant that was never used, as `where: word what`."""
    changes = [name for name in uses.routes() if not name.startswith("GET ")]
    yield from _of("every_route", grants.every_route, uses.by(uses.routes()))
    yield from _of("every_change", grants.every_change, uses.by(changes))
    for name, grant in grants.blueprints.items():
        yield from _of(name, grant, uses.by(uses.routes(name)))
    for name, grant in (grants.routes | grants.functions).items():
        yield from _of(name, grant, uses.by([name]))


def _of(where: str, grant: Grant, used: set[Use]) -> Iterator[str]:
    """Compare a grant with what was used; what Lambda itself needs to consume is always used."""
    for word in ("read", "write", "send", "watch", "key"):
        for what in sorted(getattr(grant, word)):
            if (word, what) not in used:
                yield f"{where}: {word} {what}"
    for prefix, verbs in grant.bucket.items():
        start = prefix.rstrip("*")
        for verb in verbs:
            if not any(w == f"bucket {verb}" and key.startswith(start) for w, key in used):
                yield f"{where}: bucket {prefix} {verb}"
    for word in ("look", "secret", "schedule", "mail"):
        if getattr(grant, word) and (word, "") not in used:
            yield f"{where}: {word}"


def noting(call: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    """Return `call`, of which every call is noted."""

    @functools.wraps(call)
    def noted(*args: Any, **kwargs: Any) -> Any:
        note(*args, **kwargs)
        return call(*args, **kwargs)

    return noted


def ran_whole(session: pytest.Session, deselected: set[Path]) -> bool:
    """Say whether every test of the tier was run, and none of them failed."""
    ran = {item.path for item in session.items}
    files = set(TIER.rglob("test_*.py"))
    return not session.testsfailed and files <= ran and not files & deselected


def differences(left: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return what to do so that the list and the grants agree again."""
    now, before = set(left), set(known)
    added = [f"granted, and used by no test: {grant}" for grant in sorted(now - before)]
    return added + [f"used or gone, take it off the list: {g}" for g in sorted(before - now)]


def report(session: pytest.Session, deselected: set[Path]) -> None:
    """Tell what the whole tier left unused, if it ran; fail the run if that must not be."""
    if not ran_whole(session, deselected):
        return
    found = differences(unused(read_grants(), USES), KNOWN.read_text("utf-8").splitlines())
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    for line in ["", *found] if found else []:
        terminal.write_line(line, yellow=True)  # type: ignore[union-attr]
    if found and session.config.getoption("--strict-grants"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
