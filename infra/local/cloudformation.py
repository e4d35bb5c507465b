"""Creates, updates and deletes the local CloudFormation stack, and reads what it made."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

STAGE = "local"
_POLL_S = 0.1
_DEADLINE_S = 180.0
_BODY_BYTES = 51_200
_CONFIG = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 3})
# LocalStack starts a service when it is first asked, which takes it seconds.
_IMPATIENT = Config(connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 1})
_NO_STACK = "ValidationError"
_HOPELESS = frozenset({"ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED"})


class DeployError(Exception):
    """The stack could not be made; the message carries the emulator's reasons and a way out."""


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Turn what botocore raises in the block into DeployError."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"The local AWS could not be used: {error}") from error


class Deployer:
    """CloudFormation, and the bucket that it reads from, for one stage on one endpoint."""

    def __init__(self, aws_environment: Mapping[str, str], stage: str = STAGE) -> None:
        """Take the variables that name the AWS; see `ministack.aws_environment`."""
        self._env = aws_environment
        self._session = botocore.session.Session()
        self._clients: dict[str, Any] = {}
        self.stack = f"parley-{stage}"
        self.artifacts = f"parley-{stage}-artifacts"

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore builds its clients at run time
        """Return the client of `service` on the emulator."""
        if service not in self._clients:
            self._clients[service] = self._make_client(service, _CONFIG)
        return self._clients[service]

    def check_answers(self) -> None:
        """Raise DeployError unless an AWS answers at the endpoint. One request, 30 s at most."""
        cloudformation = self._make_client("cloudformation", _IMPATIENT)
        try:
            # It speaks XML: a web server that says yes to everything is found out.
            cloudformation.describe_stacks(StackName=self.stack)
        except (BotoCoreError, ClientError, ResponseParserError, KeyError) as error:
            # KeyError: what botocore makes of HTML.
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == _NO_STACK:
                return
            url = self._env["AWS_ENDPOINT_URL"]
            is_foreign = isinstance(error, (ResponseParserError, KeyError))
            why = "what answers does not speak CloudFormation" if is_foreign else error
            raise DeployError(
                f"AWS_ENDPOINT_URL is {url}, and no AWS answers there: {why}.\n"
                "Start it, or `unset AWS_ENDPOINT_URL`: Parley then starts an AWS of its own."
            ) from error

    def upload(self, key: str, body: bytes) -> str:
        """Put `body` where CloudFormation can read it; return its `s3://` address."""
        s3 = self.client("s3")
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=self.artifacts)
        s3.put_object(Bucket=self.artifacts, Key=key, Body=body)
        return f"s3://{self.artifacts}/{key}"

    def deploy(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        """Create the stack, or bring it in place to `template`. Raises DeployError."""
        known = template.get("Parameters", {})
        request = {
            "StackName": self.stack,
            **self._template(template),
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in parameters.items()
                if key in known
            ],
        }
        cloudformation = self.client("cloudformation")
        if self._status() in _HOPELESS:
            self.delete()
        try:
            if self._status() is None:
                cloudformation.create_stack(**request)
            else:
                cloudformation.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return
            raise DeployError(self._advice(str(error))) from error
        if self._settled() not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeployError(self._advice(self._reasons()))

    def exists(self) -> bool:
        """Say whether the stack is there, in whatever state."""
        return self._status() is not None

    def delete(self) -> None:
        """Delete the stack with all data in it, and return when it is gone. Raises DeployError."""
        if not self.exists():
            return
        cloudformation = self.client("cloudformation")
        resources = cloudformation.describe_stack_resources(StackName=self.stack)["StackResources"]
        buckets = [
            resource["PhysicalResourceId"]
            for resource in resources
            if resource["ResourceType"] == "AWS::S3::Bucket" and "PhysicalResourceId" in resource
        ]
        for bucket in (*buckets, self.artifacts):
            self._empty(bucket)
        cloudformation.delete_stack(StackName=self.stack)
        if self._settled() is not None:
            raise DeployError(self._advice(self._reasons()))
        s3 = self.client("s3")
        with contextlib.suppress(s3.exceptions.NoSuchBucket):
            s3.delete_bucket(Bucket=self.artifacts)

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the stack."""
        stacks = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {o["OutputKey"]: o["OutputValue"] for o in stacks[0].get("Outputs", [])}

    def _make_client(self, service: str, config: Config) -> Any:  # noqa: ANN401 - see client()
        return self._session.create_client(
            service,
            endpoint_url=self._env["AWS_ENDPOINT_URL"],
            region_name=self._env["AWS_REGION"],
            aws_access_key_id=self._env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._env["AWS_SECRET_ACCESS_KEY"],
            config=config,
        )

    def _template(self, template: Mapping[str, Any]) -> dict[str, str]:
        """Return the parameter that carries the template: a large one has to be uploaded."""
        body = json.dumps(template, separators=(",", ":"))
        if len(body.encode()) <= _BODY_BYTES:
            return {"TemplateBody": body}
        self.upload("template.json", body.encode())
        return {"TemplateURL": f"{self._env['AWS_ENDPOINT_URL']}/{self.artifacts}/template.json"}

    def _status(self) -> str | None:
        """Return the status of the stack, None if there is none."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError:
            return None
        status = str(found[0]["StackStatus"])
        return None if status == "DELETE_COMPLETE" else status

    def _settled(self) -> str | None:
        """Return the status once nothing is in progress, or after three minutes."""
        end = time.monotonic() + _DEADLINE_S
        while True:
            status = self._status()
            if status is None or not status.endswith("_IN_PROGRESS") or time.monotonic() > end:
                return status
            time.sleep(_POLL_S)

    def _empty(self, bucket: str) -> None:
        s3 = self.client("s3")
        with contextlib.suppress(s3.exceptions.NoSuchBucket):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
                if keys:
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})

    def _reasons(self) -> str:
        """Return the status of the stack and what CloudFormation says of its failures."""
        cloudformation = self.client("cloudformation")
        status = self._status() or "the stack is gone"
        events: list[dict[str, Any]] = []
        with contextlib.suppress(ClientError):
            events = cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return "\n".join(
            [
                status,
                *(
                    f"{event['LogicalResourceId']}: "
                    f"{event.get('ResourceStatusReason', 'no reason given')}"
                    for event in failed[:10]
                ),
            ]
        )

    def _advice(self, reason: str) -> str:
        return (
            f"The stack {self.stack} could not be deployed into {self._env['AWS_ENDPOINT_URL']}: "
            f"{reason}\nIf the template is right, remove .local/state: it holds the local data, "
            "and is made anew. On an AWS of your own (AWS_ENDPOINT_URL) delete that stack, or have "
            "another beside it with STACK_STAGE=…"
        )
