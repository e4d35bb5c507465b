"""Each function's entry point is imported in a fresh interpreter, five times, and the least CPU
time counts; beside it, in the same run, `botocore.session` with a client of DynamoDB made, which no
function that keeps anything can do without. Entry points are those of the template: a blueprint for
the routes of the API, a handler for each consumer and the webhook. Files are warm and compiled.

`worst_route_ratio` and `sender_ratio` are such times over that of botocore.
"""

from __future__ import annotations

import os
import subprocess
import sys

from bench.bar import Bar, Bench, Figures, say
from chalicelib.handlers import BLUEPRINTS
from infra.resources import fragment

RUNS = 5
_BOTOCORE = (
    "import botocore.session\n"
    "botocore.session.get_session().create_client('dynamodb', region_name='us-east-1')"
)
_TIMED = "import time; begin = time.process_time()\n{code}\nprint(time.process_time() - begin)"


def run() -> Figures:
    """Import everything, several times, and compare."""
    base = _least_ms(_BOTOCORE)
    say(f"  botocore with a DynamoDB client: {base:.0f} ms")
    routes = {name: _told(name, "import app", name) / base for name in BLUEPRINTS}
    workers = {name: _told(name, f"import {module}") / base for name, module in consumers().items()}
    worst = max(routes, key=lambda name: routes[name])
    say(f"  the worst route is one of {worst}")
    return {
        "worst_route_ratio": round(routes[worst], 3),
        "sender_ratio": round(workers["SenderFunction"], 3),
        "worst_worker_ratio": round(max(workers.values()), 3),
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


def _told(name: str, code: str, blueprint: str = "") -> float:
    took = _least_ms(code, blueprint)
    say(f"  {name}: {took:.0f} ms")
    return took


def _least_ms(code: str, blueprint: str = "") -> float:
    return min(_once_ms(code, blueprint) for _ in range(RUNS))


def _once_ms(code: str, blueprint: str) -> float:
    run = subprocess.run(
        [sys.executable, "-c", _TIMED.format(code=code)],
        env={**os.environ, "BLUEPRINT": blueprint},
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
