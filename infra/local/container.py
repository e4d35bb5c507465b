"""Runs one process of the stack in a container, with the settings that a deployment made.

    python -m infra.local.container FILE [--deploy] [--register URL] -- COMMAND…

One container deploys the template into the AWS of AWS_ENDPOINT_URL and writes the settings to FILE,
which the others share and read. See localstack-compose.yml.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from infra.local.cloudformation import DeployError
from infra.local.deploy import Choices, deploy_resources
from infra.local.fixture import read_meta_app
from infra.local.ministack import aws_environment
from infra.local.registration import RegistrationError, register_webhook


def main(argv: list[str]) -> int:
    """Prepare what the options say, then become the command; return 1 with the reason if not."""
    split = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="python -m infra.local.container", description=__doc__)
    parser.add_argument("file", type=Path, help="where the settings are")
    parser.add_argument("--deploy", action="store_true", help="deploy first, and write the file")
    parser.add_argument("--register", metavar="URL", help="enter the webhook at the sandbox first")
    options = parser.parse_args(argv[:split])
    command = argv[split + 1 :]
    if not command:
        parser.error("give the command to run after --")
    app = read_meta_app(os.environ)
    try:
        if options.deploy:
            _deploy(options.file)
        environment: dict[str, str] = json.loads(options.file.read_text())
        if options.register:
            register_webhook(app, environment["GRAPH_URL"], options.register)
    except (DeployError, RegistrationError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except FileNotFoundError:
        sys.stderr.write(f"{options.file} is not there: start the container that deploys first.\n")
        return 1
    return os.execvpe(command[0], command, os.environ | environment)  # noqa: S606 - no shell


def _deploy(file: Path) -> None:
    choices = Choices(graph_url=os.environ["GRAPH_URL"], web_origin=os.environ["WEB_ORIGIN"])
    environment = deploy_resources(
        aws_environment(os.environ["AWS_ENDPOINT_URL"]), choices, read_meta_app(os.environ)
    )
    draft = file.with_suffix(".tmp")
    draft.write_text(json.dumps(environment, indent=2))
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
