"""What each function's entry point loads: a cold start pays for what its function needs, no more.

Counted, since a time is no test: `python -m bench imports` has the times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from bench.imports import consumers
from chalicelib.handlers import BLUEPRINTS
from infra.package import ROOT

# What costs 10 ms and more, and whom it serves: who may load it on import.
HEAVY = {
    "PIL": {"MediaFunction"},
    "aiohttp": set[str](),
    "anyio": set[str](),
    "asyncio": {"SenderFunction"},
    "boto3": set[str](),
    "cryptography": set[str](),
    "httpx": set[str](),
    "jwt": set[str](),
    "phonenumbers": {"ImporterFunction", "TenantFunction"},
}
# What only the API's functions need.
OF_ROUTES = {"app", "chalice", "chalicelib.schemas", "pydantic"}
# Modules of ours. A blueprint that needs more is two blueprints.
MOST_OF_A_ROUTE = 110
MOST_OF_A_WORKER = 95


@cache
def loaded(code: str, blueprint: str = "") -> frozenset[str]:
    """Return the modules that a fresh interpreter has loaded after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps([*sys.modules]))"],
        cwd=ROOT,
        env={**os.environ, "BLUEPRINT": blueprint},
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


def of_ours(modules: frozenset[str]) -> list[str]:
    """Return those of Parley's own."""
    return sorted(name for name in modules if name.startswith("chalicelib."))


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_a_route_loads_what_it_serves(blueprint: str) -> None:
    """A route loads no heavy library with its blueprint, and not half of Parley."""
    modules = loaded("import app", blueprint)
    assert not modules & set(HEAVY)
    assert len(of_ours(modules)) <= MOST_OF_A_ROUTE, of_ours(modules)


@pytest.mark.parametrize(
    ("blueprint", "shapes"),
    [
        ("messages", "interactive"),
        ("messages", "plain_messages"),
        ("campaign_runs", "filters"),
        ("campaign_reports", "analytics"),
        ("templates", "template_components"),
    ],
)
def test_a_route_loads_no_shapes_of_others(blueprint: str, shapes: str) -> None:
    """A model costs each cold start, used or not: those of other routes are in other modules, and
    those of a message's type are loaded when one is sent.
    """
    assert f"chalicelib.schemas.{shapes}" not in loaded("import app", blueprint)


@pytest.mark.parametrize("name", consumers())
def test_a_worker_loads_what_it_works_with(name: str) -> None:
    """A consumer and the webhook load nothing of the API, and the library that they work with."""
    modules = loaded(f"import {consumers()[name]}")
    assert modules & set(HEAVY) == {library for library, users in HEAVY.items() if name in users}
    assert not modules & OF_ROUTES
    assert len(of_ours(modules)) <= MOST_OF_A_WORKER, of_ours(modules)


def test_the_wrapper_loads_nothing_of_a_resource() -> None:
    """What is around every route brings no resource's schemas and nothing of WhatsApp."""
    modules = of_ours(loaded("import chalicelib.handlers.routing"))
    assert not [name for name in modules if name.startswith("chalicelib.whatsapp")]
    assert not [name for name in modules if name.startswith("chalicelib.schemas.")]


def test_imports_are_not_searched_for_garbage() -> None:
    """No collection runs while an app is loaded: it would cost a fifth of a cold start."""
    code = (
        "import gc\n"
        "passes = []\n"
        "gc.callbacks.append(lambda phase, about: passes.append(about['generation']))\n"
        "gc.collect()\n"
        "passes.clear()\n"
        "import chalicelib\n"
        "before = len(passes)\n"
        "import app\n"
        "assert len(passes) == before, passes\n"
    )
    assert "app" in loaded(code, "messages")
