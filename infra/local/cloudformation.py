"""Creates or updates the local CloudFormation stack, and reads what it made."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

STACK = "parley-local"
ARTIFACTS = "parley-local-artifacts"
_POLL_S = 0.1
_DEADLINE_S = 180.0
_CONFIG = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 3})


class DeployError(Exception):
    """The stack could not be made; the message carries the emulator's reasons and a way out."""


class Deployer:
    """CloudFormation, and the bucket that it reads from, on the emulator at one endpoint."""

    def __init__(self, aws_environment: Mapping[str, str]) -> None:
        """Take the variables that name the emulator; see `ministack.aws_environment`."""
        self._env = aws_environment
        self._session = botocore.session.Session()

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore builds its clients at run time
        """Return a client of `service` on the emulator."""
        return self._session.create_client(
            service,
            endpoint_url=self._env["AWS_ENDPOINT_URL"],
            region_name=self._env["AWS_REGION"],
            aws_access_key_id=self._env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._env["AWS_SECRET_ACCESS_KEY"],
            config=_CONFIG,
        )

    def upload(self, key: str, body: bytes) -> str:
        """Put `body` where CloudFormation can read it; return its `s3://` address."""
        s3 = self.client("s3")
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=ARTIFACTS)
        s3.put_object(Bucket=ARTIFACTS, Key=key, Body=body)
        return f"s3://{ARTIFACTS}/{key}"

    def deploy(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        """Create the stack, or bring it in place to `template`. Raises DeployError."""
        # Over 51,200 bytes a template must be uploaded, so it always is.
        self.upload("template.json", json.dumps(template, separators=(",", ":")).encode())
        known = template.get("Parameters", {})
        request = {
            "StackName": STACK,
            "TemplateURL": f"{self._env['AWS_ENDPOINT_URL']}/{ARTIFACTS}/template.json",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in parameters.items()
                if key in known
            ],
        }
        cloudformation = self.client("cloudformation")
        status = self._status(cloudformation)
        try:
            if status is None:
                cloudformation.create_stack(**request)
            else:
                cloudformation.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return
            raise DeployError(_advice(str(error))) from error
        self._wait(cloudformation)

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the stack."""
        stacks = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {o["OutputKey"]: o["OutputValue"] for o in stacks[0].get("Outputs", [])}

    @staticmethod
    def _status(cloudformation: Any) -> str | None:  # noqa: ANN401 - see client()
        try:
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        except ClientError:
            return None
        status = str(stack["StackStatus"])
        if status in {"ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED"}:
            cloudformation.delete_stack(StackName=STACK)
            return None
        return None if status == "DELETE_COMPLETE" else status

    @staticmethod
    def _wait(cloudformation: Any) -> None:  # noqa: ANN401 - see client()
        end = time.monotonic() + _DEADLINE_S
        while True:
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            status = str(stack["StackStatus"])
            if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                return
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > end:
                break
            time.sleep(_POLL_S)
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        raise DeployError(_advice(f"{status}\n" + "\n".join(reasons[:10])))


def _advice(reason: str) -> str:
    return (
        f"The stack could not be deployed into the local AWS: {reason}\n"
        "If the template is right, remove .local/state: it holds the local data, and is made anew."
    )
