"""Hold the running API to its OpenAPI document with schemathesis: as nobody, an owner, an API key.

    python -m tests.fuzz.openapi [--examples N] [--seed N] [--as nobody|owner|key] [OPTION…]

Starts the API over HTTP with the emulator and the sandbox behind it (api_stack.py), and asks it
what the document allows and what it does not. Further options go to `schemathesis run`. Exits with
schemathesis's own code: 0 only if nothing was found.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.local.ministack import ROOT
from tests.fuzz.api_stack import RunningApi, running_api

ACTORS = ("nobody", "owner", "key")
_HERE = Path(__file__).parent
# Nobody gets past the door with any body, so the walk of the document's edges is enough for them.
_PHASES = {"nobody": "coverage", "owner": "coverage,fuzzing", "key": "fuzzing"}
# Off, each with its reason:
#   missing_required_header      no route requires a header but Authorization: ignored_auth holds it
#   positive_data_acceptance     the document cannot tell what a service knows: that a phone is a
#                                mobile's, a template approved, a code right; such a 422 or 409 is
#                                meant, and is in the document
#   use_after_free,              tell of a state machine by its links, and the document has none
#   ensure_resource_availability
#   object_level_authorization   needs two users: tests/component/isolation is that, for all routes
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "unsupported_method",
    "allow_header_conformance",
)


def command(
    api: RunningApi, actor: str, examples: int, seed: int, more: Sequence[str], document: str
) -> list[str]:
    """Return the command that holds the API to a document as one actor."""
    token = {"nobody": None, "owner": api.sign_in(), "key": api.business.api_key}[actor]
    return [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(_HERE / "schemathesis.toml")),
        *("run", document),
        *("--phases", _PHASES[actor], "--max-examples", str(examples), "--seed", str(seed)),
        *("--checks", ",".join(c for c in _CHECKS if c != "ignored_auth" or actor != "nobody")),
        *("--continue-on-failure", "--no-shrink", "--no-color", "--generation-database", "none"),
        *("--suppress-health-check", "all", "--warnings", "off"),
        *(() if token is None else ("-H", f"Authorization: Bearer {token}")),
        *more,
    ]


def hold(
    api: RunningApi,
    actor: str,
    examples: int,
    seed: int,
    more: Sequence[str] = (),
    document: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis as one actor; return how it ended and what it said.

    The document is the API's own, unless another is given.
    """
    told = f"{api.url}/api/openapi.json" if document is None else str(document)
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.schemathesis_hooks",
        "PARLEY_IDS": json.dumps(api.business.ids),
    }
    return subprocess.run(
        command(api, actor, examples, seed, more, told),
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )


def main() -> int:
    """Run as each actor asked for; return the first exit code that is not 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.openapi", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="of each operation")
    parser.add_argument("--seed", type=int, default=20_261_126)
    parser.add_argument("--as", dest="actors", action="append", choices=ACTORS)
    options, more = parser.parse_known_args()
    worst = 0
    with tempfile.TemporaryDirectory(prefix="parley-fuzz-") as home, running_api(Path(home)) as api:
        for actor in options.actors or ACTORS:
            print(f"As {actor}:", flush=True)
            done = hold(api, actor, options.examples, options.seed, more)
            print(done.stdout, done.stderr, sep="\n", flush=True)
            worst = worst or done.returncode
    return worst


if __name__ == "__main__":
    sys.exit(main())
