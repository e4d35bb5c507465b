"""Which AWS a stack uses: the emulator that it starts, or another that AWS_ENDPOINT_URL names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.local.cloudformation import STAGE, DeployError
from infra.local.ministack import aws_environment
from infra.local.ports import Ports
from infra.resources import fragment

_DEFAULT_PORT = 4566


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The AWS of a stack, and the stage by whose name all that is made there is called.

    `is_own` says that the stack starts and ends it. `data_suffix` tells apart the folders of data
    that belong to different ones: an emulator's queues, for one, are bound to its port.
    """

    url: str
    is_own: bool
    stage: str
    data_suffix: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which botocore talks to this AWS and to no other."""
        return aws_environment(self.url)


def read_endpoint(env: Mapping[str, str], ports: Ports, default_stage: str = STAGE) -> Endpoint:
    """Return the AWS that `env` asks for by AWS_ENDPOINT_URL and STACK_STAGE.

    Raises DeployError for what is no address or no stage.
    """
    stage = _stage(env, default_stage)
    its_stage = "" if stage == default_stage else f"-{stage}"
    url = env.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if not url:
        port = ports.aws.number
        its_port = "" if port == _DEFAULT_PORT else f"-{port}"
        return Endpoint(ports.aws.url, is_own=True, stage=stage, data_suffix=its_port + its_stage)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"AWS_ENDPOINT_URL must be an address such as {ports.aws.url}, not {url!r}."
        raise DeployError(message)
    place = re.sub(r"[^A-Za-z0-9.]+", "_", parts.netloc + parts.path)
    return Endpoint(url, is_own=False, stage=stage, data_suffix=f"-{place}{its_stage}")


def _stage(env: Mapping[str, str], default: str) -> str:
    stage = env.get("STACK_STAGE") or default
    parameter = fragment()["Parameters"]["Stage"]
    if not re.fullmatch(parameter["AllowedPattern"], stage):
        message = (
            f"STACK_STAGE must be 2 to 12 small letters and digits, the first a letter, "
            f"not {stage!r}."
        )
        raise DeployError(message)
    return stage
