"""The running API holds to its document, whatever it is asked: see tests/fuzz/openapi.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.api_stack import RunningApi, running_api
from tests.fuzz.openapi import hold

# `make schemathesis` asks much more, and anew each time.
SEED, EXAMPLES = 20_261_126, {"nobody": 1, "owner": 3, "key": 3}


@pytest.fixture(scope="module", name="api")
def _api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """Give an API over HTTP, with an emulator of AWS and the sandbox behind it."""
    with running_api(tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.mark.parametrize("actor", ["nobody", "owner", "key"])
def test_the_running_api_holds_to_its_document(api: RunningApi, actor: str) -> None:
    """No 5xx, no status, body, header or content type that the document does not have, no request
    taken that it forbids, no route open without a token.
    """
    done = hold(api, actor, EXAMPLES[actor], SEED)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    assert "No issues found" in done.stdout
    assert '"message":"unhandled error"' not in api.log.read_text(errors="replace")


def test_it_would_be_found(api: RunningApi, tmp_path: Path) -> None:
    """Held to a document that is not its own, the API fails: the check can."""
    document = tmp_path / "openapi.json"
    import json

    import httpx

    told = httpx.get(f"{api.url}/api/openapi.json").json()
    answer = told["components"]["schemas"]["HealthOut"]
    answer["required"] = [*answer.get("required", []), "no_such_field"]
    told["paths"] = {"/api/health": told["paths"]["/api/health"]}
    document.write_text(json.dumps(told))
    done = hold(api, "nobody", 1, SEED, ("--url", api.url), document)
    assert done.returncode == 1
    assert "no_such_field" in done.stdout
