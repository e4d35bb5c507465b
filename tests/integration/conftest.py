"""What the integration tests share: a stage to work in, and demos to run, all ended at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from chalicelib.core.aws import _client, _session
from chalicelib.core.config import settings
from infra.local.borrowed import remove
from infra.local.deploy import Choices, deploy_resources
from infra.local.endpoint import read_endpoint
from infra.local.fixture import read_meta_app
from infra.local.ministack import ministack
from infra.local.ports import read_ports
from tests.component.cloud import clear_caches, every_model
from tests.integration.demo_program import Demo, new_stage


@pytest.fixture(scope="module")
def stage() -> Iterator[None]:
    """Make this process, for one file of tests, one of a stage of its own.

    In the AWS that AWS_ENDPOINT_URL names, where nothing is left of it, else in a MiniStack.
    """
    name = new_stage()
    url = os.environ.get("AWS_ENDPOINT_URL")
    with ExitStack() as exits:
        if url:
            env = {"AWS_ENDPOINT_URL": url, "STACK_STAGE": name}
            endpoint = read_endpoint(env, read_ports({}))
            exits.callback(remove, endpoint)
            aws_environment = endpoint.environment
        else:
            aws_environment = exits.enter_context(ministack()).environment
        choices = Choices(graph_url="http://graph.invalid", web_origin="", stage=name)
        environment = deploy_resources(aws_environment, choices, read_meta_app({}))
        exits.enter_context(_process_of(environment))
        yield


@contextmanager
def _process_of(environment: dict[str, str]) -> Iterator[None]:
    """Let this process have an environment, and its models the tables that this names."""
    prefix = settings().table_prefix
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        for model in every_model():
            name = model.Meta.table_name.removeprefix(prefix)
            patch.setattr(model.Meta, "table_name", f"{environment['TABLE_PREFIX']}{name}")
        _forget()
        yield
    _forget()


def _forget() -> None:
    """Let go of clients and settings of another environment."""
    clear_caches()
    _client.cache_clear()
    _session.cache_clear()  # it holds the credentials of the other
    for model in every_model():
        model._connection = None  # PynamoDB has no public way to reconnect


@pytest.fixture
def demo_of(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Make demos over a number of rows; whatever still runs at the end is ended."""
    made: list[Demo] = []

    def make(rows: int, env: dict[str, str] | None = None) -> Demo:
        made.append(Demo(tmp_path, rows, env))
        return made[-1]

    yield make
    for demo in made:
        demo.end()
