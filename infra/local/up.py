"""Starts the local stack and stays up until Ctrl-C.

`python -m infra.local.up [--lambda] [--no-reload] [--home DIR]`
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infra.local.child import ChildError
from infra.local.cloudformation import DeployError
from infra.local.emulator_venv import EnvironmentBroken
from infra.local.ministack import ROOT
from infra.local.ports import PortError
from infra.local.stack import Stack, StackError


def say(line: str) -> None:
    """Write one line for the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: list[str]) -> int:
    """Run the stack; return 2 for a wrong port, 1 when it cannot be started or kept running."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.up", description=__doc__)
    parser.add_argument("--lambda", dest="packaged", action="store_true", help="run the package")
    parser.add_argument("--no-reload", dest="reload", action="store_false", help="ignore edits")
    parser.add_argument("--home", type=Path, default=ROOT / ".local", help="where data is kept")
    options = parser.parse_args(argv)
    try:
        with Stack(
            packaged=options.packaged,
            reload=options.reload and not options.packaged,
            home=options.home.resolve(),
            say=say,
        ) as stack:
            for name, address in stack.addresses.items():
                if name.endswith("_url"):
                    say(f"  {name.removesuffix('_url'):13} {address}")
            say(f"Sign in as {stack.addresses['email']}; Ctrl-C ends everything.")
            stack.wait()
    except PortError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (ChildError, DeployError, EnvironmentBroken, StackError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
