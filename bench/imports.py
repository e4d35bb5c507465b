"""Each function's entry point is imported in a fresh interpreter, five times, and the least CPU
time counts; beside it, in the same rounds, `botocore.session` with a client of DynamoDB made, which
no function that keeps anything can do without. Entry points are those of the template: a blueprint
for the routes of the API, a handler for each consumer and the webhook. Files are warm and compiled:
byte code is kept in a folder of the bench's own, and a round before the first one makes it. What
the template says of the environment in so many words holds here too.

`worst_route_ratio` and `sender_ratio` are such times over that of botocore.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from bench.bar import Bar, Bench, Figures, say
from chalicelib.handlers import BLUEPRINTS
from infra.resources import fragment

RUNS = 5
_BOTOCORE = (
    "import botocore.session\n"
    "botocore.session.get_session().create_client('dynamodb', region_name='us-east-1')"
)
_TIMED = "import time; begin = time.process_time()\n{code}\nprint(time.process_time() - begin)"

Entry = tuple[str, str]
"""The code that imports an entry point, and the blueprint that its environment names."""


def run() -> Figures:
    """Import everything, several times, and compare."""
    routes = {name: ("import app", name) for name in BLUEPRINTS}
    workers = {name: (f"import {module}", "") for name, module in consumers().items()}
    took = _least_ms({"botocore with a DynamoDB client": (_BOTOCORE, ""), **routes, **workers})
    for name, took_ms in took.items():
        say(f"  {name}: {took_ms:.0f} ms")
    base = took["botocore with a DynamoDB client"]
    worst = max(routes, key=lambda name: took[name])
    say(f"  the worst route is one of {worst}")
    return {
        "worst_route_ratio": round(took[worst] / base, 3),
        "sender_ratio": round(took["SenderFunction"] / base, 3),
        "worst_worker_ratio": round(max(took[name] for name in workers) / base, 3),
        "botocore_ms": round(base, 1),
    }


def consumers() -> dict[str, str]:
    """Return the module of each function of the template that serves no route, by its name."""
    resources = fragment()["Resources"].items()
    return {
        name: resource["Properties"]["Handler"].rpartition(".")[0]
        for name, resource in resources
        if resource["Type"] == "AWS::Serverless::Function"
    }


def environment() -> dict[str, str]:
    """Return what the template sets in every function's environment, other than by reference."""
    variables = fragment()["Globals"]["Function"]["Environment"]["Variables"]
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def _least_ms(entries: Mapping[str, Entry]) -> dict[str, float]:
    """Return the least time of each; in rounds, so that a slow minute is slow for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = [
            {name: _once_ms(entry, folder) for name, entry in entries.items()}
            for _ in range(1 + RUNS)
        ]
    return {name: min(took[name] for took in rounds[1:]) for name in entries}


def _once_ms(entry: Entry, folder: str) -> float:
    code, blueprint = entry
    env = {**os.environ, **environment(), "BLUEPRINT": blueprint, "PYTHONPYCACHEPREFIX": folder}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(
        [sys.executable, "-c", _TIMED.format(code=code)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout) * 1000


BENCH = Bench(
    "imports",
    "How long does a cold start spend on imports, beside what botocore alone needs?",
    (Bar("worst_route_ratio", "<=", 1.5), Bar("sender_ratio", "<=", 1.3)),
    run,
)
