"""Runs the demo on a stack of its own: `python -m demo [--stay] [--lambda] [--csv FILE]`.

Without --stay the data is the demo's own (.local/demo, stage `demo`), begun afresh unless an
interrupted run left a campaign to finish, and everything ends with the report. With --stay the data
is kept in .local/state, a campaign that was sent before is only recounted, and the stack stays up.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

from demo.client import Api, ApiError, Unreachable
from demo.job import Job, JobError
from demo.marker import Marker
from demo.progress import Display
from demo.report import Facts, disagreements, render, summary
from demo.sandbox import Sandbox
from infra.local.child import ChildError
from infra.local.cloudformation import STAGE, DeployError
from infra.local.emulator_venv import EnvironmentBroken
from infra.local.endpoint import read_endpoint
from infra.local.home import Home
from infra.local.ports import PortError, read_ports
from infra.local.stack import Stack, StackError

ROOT = Path(__file__).resolve().parent.parent

_EXPECTED = (
    ApiError,
    ChildError,
    DeployError,
    EnvironmentBroken,
    JobError,
    StackError,
    Unreachable,
)
# After a SIGKILL to the demo, its processes save their data and end by themselves.
_LEAVING_S = 20.0
_NOTICE_S = 2.0


def main(argv: list[str]) -> int:
    """Run; return 0 if reconciled, 1 if not or if something failed, 2 for a port in use."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="stay up after the report")
    parser.add_argument("--lambda", dest="packaged", action="store_true", help="run the package")
    parser.add_argument("--csv", type=Path, default=ROOT / "demo" / "contacts.csv")
    parser.add_argument("--home", type=Path, default=ROOT / ".local", help="where data is kept")
    options = parser.parse_args(argv)
    display = Display()
    try:
        return run(display, options)
    except PortError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except _EXPECTED as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:
        display.say("Stopped. The same command goes on where this ended.")
        return 130
    return 1


def run(display: Display, options: argparse.Namespace) -> int:
    """Run the demo; return the exit code. Raises what Stack and Job raise."""
    if not options.csv.is_file():
        raise JobError(f"There is no file {options.csv}: name one with --csv.")
    home = Home(options.home, options.home / ("state" if options.stay else "demo"))
    stage = STAGE if options.stay else "demo"
    endpoint = read_endpoint(os.environ, read_ports(os.environ), stage)
    marker = Marker(home.state(endpoint.data_suffix) / "campaign.json")
    is_unfinished = marker.read() is not None
    stack = Stack(
        packaged=options.packaged,
        reload=options.stay and not options.packaged,
        home=home.path,
        data=home.data,
        fresh=marker.is_spoilt() or not (options.stay or is_unfinished),
        stage=stage,
        say=display.say,
    )
    report = home.path / "report.json"
    display.step("Starting the local stack")
    with ExitStack() as exits:
        enter(stack, exits, wait_s=_LEAVING_S if is_unfinished else 0)
        report.unlink(missing_ok=True)
        facts = work(stack, display, options.csv, marker)
        write_report(report, facts)
        display.report(render(facts))
        if options.stay:
            stay_up(stack, display)
        else:
            marker.clear()
    return 1 if disagreements(facts) else 0


def enter(stack: Stack, exits: ExitStack, wait_s: float) -> None:
    """Start the stack, to end with `exits`; wait so long for ports an ended run still holds."""
    end = time.monotonic() + wait_s
    while True:
        try:
            exits.enter_context(stack)
        except PortError:
            if time.monotonic() > end:
                raise
            time.sleep(1)
        else:
            return


def work(stack: Stack, display: Display, csv: Path, marker: Marker) -> Facts:
    """Do the job on a running stack."""
    worlds = _worlds(stack)

    def check() -> None:
        if stack.failed.is_set():
            raise StackError("A process of the stack keeps dying; see above.")
        if _worlds(stack) != worlds:
            # Parley's own processes may die at any time; the simulated AWS and WhatsApp keep their
            # data in memory, as the real ones do not.
            marker.spoil()
            raise StackError(
                "The simulated AWS or WhatsApp died, and what it knew of this campaign with it. "
                "Run this again: it begins anew."
            )

    addresses = stack.addresses
    with (
        closing(Api(addresses["api_url"])) as api,
        closing(Sandbox(addresses["sandbox_url"])) as sandbox,
    ):
        try:
            return Job(api, sandbox, addresses, csv, marker, display, check).run()
        except (ApiError, JobError, Unreachable):
            # The deeper reason first, once the supervisor has had time to see it.
            time.sleep(_NOTICE_S)
            check()
            raise


def _worlds(stack: Stack) -> dict[str, int | None]:
    """Return the processes whose death loses data."""
    return {name: stack.pids.get(name) for name in ("aws", "sandbox")}


def write_report(path: Path, facts: Facts) -> None:
    """Write the report's numbers as JSON, whole or not at all."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(summary(facts), indent=2) + "\n")
    draft.replace(path)


def stay_up(stack: Stack, display: Display) -> None:
    """Say where everything is and return on Ctrl-C."""
    at = stack.addresses
    display.say(f"  The app                 {at['web_url']}   {at['email']} · {at['password']}")
    display.say(f"  The API, documented     {at['api_url']}/api/docs")
    display.say(f"  The customers' phones   {at['sandbox_url']}")
    display.say("\nCtrl-C ends everything; the next `make run` goes on with the same data.")
    try:
        stack.wait()
    except KeyboardInterrupt:
        display.say("Stopping …")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
