"""An AWS of somebody else, named by AWS_ENDPOINT_URL: used as it is, and left as it was found."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local import borrowed
from infra.local.cloudformation import Deployer, DeployError
from infra.local.deploy import Choices, deploy_resources
from infra.local.endpoint import Endpoint, read_endpoint
from infra.local.fixture import read_meta_app
from infra.local.ministack import MiniStack, ministack
from infra.local.ports import HOST, free_port, read_ports
from infra.local.stack import Stack
from tests.integration.demo_program import Demo, assert_reconciled

PORTS = read_ports({})
NAMES = ("WEB_PORT", "API_PORT", "WEBHOOK_PORT", "SANDBOX_PORT", "AWS_PORT")


@pytest.fixture(scope="module")
def somebodys() -> Iterator[MiniStack]:
    """An emulator that runs without Parley."""
    with ministack() as aws:
        yield aws


def endpoint_of(aws: MiniStack, stage: str) -> Endpoint:
    """Return a stage in the emulator."""
    return read_endpoint({"AWS_ENDPOINT_URL": aws.url, "STACK_STAGE": stage}, PORTS)


def fill(endpoint: Endpoint) -> dict[str, str]:
    """Deploy a stage with a row and an object in it; return the environment of its processes."""
    choices = Choices(graph_url="http://127.0.0.1:4010", web_origin="", stage=endpoint.stage)
    environment = deploy_resources(endpoint.environment, choices, read_meta_app({}))
    client = Deployer(endpoint.environment).client
    client("dynamodb").put_item(
        TableName=f"{environment['TABLE_PREFIX']}tenants", Item={"id": {"S": "ten_1"}}
    )
    client("s3").put_object(Bucket=environment["BUCKET"], Key="imports/a.csv", Body=b"phone\n")
    return environment


def names(aws: MiniStack, stage: str) -> list[str]:
    """Return what the emulator has that is named after a stage."""
    client = Deployer(aws.environment).client
    found = [
        *client("dynamodb").list_tables()["TableNames"],
        *(bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]),
        *(secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]),
        *client("sqs").list_queues().get("QueueUrls", []),
    ]
    return [name for name in found if f"parley-{stage}" in name]


def test_the_demo_runs_on_an_aws_that_is_there(
    somebodys: MiniStack, demo_of: Callable[..., Demo]
) -> None:
    """A campaign reconciles on the AWS that was named; no other is started, and it stays up."""
    other = endpoint_of(somebodys, "other")
    environment = fill(other)
    # Its own port is of no concern: the AWS that was named listens there.
    demo = demo_of(40, {"AWS_ENDPOINT_URL": f"{somebodys.url}/", "AWS_PORT": str(somebodys.port)})
    stage = demo.env["STACK_STAGE"]
    demo.start()
    demo.until_sent(1)
    assert demo.stack()["aws_endpoint_url"] == somebodys.url
    assert demo.children("ministack") == []
    code, output = demo.finish()
    assert code == 0, output
    assert f"Using the AWS at {somebodys.url} (AWS_ENDPOINT_URL), stage {stage}" in output
    assert_reconciled(demo.report())
    assert names(somebodys, stage)
    demo.end()
    assert names(somebodys, stage) == []
    row = (
        Deployer(other.environment)
        .client("dynamodb")
        .get_item(TableName=f"{environment['TABLE_PREFIX']}tenants", Key={"id": {"S": "ten_1"}})
    )
    assert row["Item"] == {"id": {"S": "ten_1"}}


def test_a_fresh_stack_deletes_its_stage_and_no_other(somebodys: MiniStack) -> None:
    """What is there is taken over as it is; with `fresh` it is deleted, objects and all."""
    mine, other = endpoint_of(somebodys, "mine"), endpoint_of(somebodys, "yours")
    said: list[str] = []
    assert not borrowed.take(mine, packaged=False, fresh=False, say=said.append)
    fill(mine)
    fill(other)
    assert borrowed.take(mine, packaged=False, fresh=False, say=said.append)
    before = names(somebodys, "yours")
    assert not borrowed.take(mine, packaged=True, fresh=True, say=said.append)
    assert names(somebodys, "mine") == []
    assert names(somebodys, "yours") == before
    fill(mine)
    borrowed.remove(mine)
    borrowed.remove(mine)


def test_an_aws_that_does_not_answer_is_named(demo_of: Callable[..., Demo]) -> None:
    """Exit code 1 with the address and the way back, before any process is started."""
    url = f"http://{HOST}:{free_port()}"
    demo = demo_of(1, {"AWS_ENDPOINT_URL": url})
    demo.start()
    code, output = demo.finish()
    assert code == 1
    assert f"AWS_ENDPOINT_URL is {url}, and no AWS answers there" in output
    assert "unset AWS_ENDPOINT_URL" in output
    assert "Traceback" not in output
    assert not list((demo.home / "logs").iterdir())
    demo.env["AWS_ENDPOINT_URL"] = ""


class Web(http.server.BaseHTTPRequestHandler):
    """A web server that says yes, in HTML, to whatever it is asked."""

    def do_GET(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"<html></html>")

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def web_url() -> Iterator[str]:
    """The address of a web server that is no AWS."""
    with http.server.ThreadingHTTPServer((HOST, 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_web_server_is_not_taken_for_an_aws(web_url: str, tmp_path: Path) -> None:
    """Whoever names the wrong port learns it before a deployment begins."""
    env = {name: str(free_port()) for name in NAMES} | {"AWS_ENDPOINT_URL": web_url}
    with pytest.raises(DeployError, match="no AWS answers there"), Stack(env=env, home=tmp_path):
        pass
    assert not (tmp_path / "stack.json").exists()


def test_functions_need_an_emulator_that_calls_them(
    somebodys: MiniStack, web_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--lambda on an AWS without MiniStack's function addresses is refused in a sentence."""
    monkeypatch.setattr(Deployer, "check_answers", lambda _self: None)
    endpoint = read_endpoint({"AWS_ENDPOINT_URL": web_url}, PORTS)
    with pytest.raises(DeployError, match=r"without --lambda.*unset AWS_ENDPOINT_URL"):
        borrowed.take(endpoint, packaged=True, fresh=False, say=print)
    borrowed.take(endpoint_of(somebodys, "calls"), packaged=True, fresh=False, say=print)


@pytest.mark.parametrize(
    ("env", "place", "stage"),
    [
        ({}, "", "local"),
        ({"AWS_ENDPOINT_URL": "", "AWS_PORT": "4567"}, "-4567", "local"),
        ({"STACK_STAGE": "mine"}, "-mine", "mine"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"}, "-127.0.0.1_4566", "local"),
        (
            {"AWS_ENDPOINT_URL": "https://aws.example", "STACK_STAGE": "ci7"},
            "-aws.example-ci7",
            "ci7",
        ),
    ],
)
def test_each_aws_and_stage_has_data_of_its_own(
    env: dict[str, str], place: str, stage: str
) -> None:
    """What the sandbox remembers of one AWS is never shown to another."""
    endpoint = read_endpoint(env, read_ports(env))
    assert (endpoint.data_suffix, endpoint.stage) == (place, stage)
    assert endpoint.is_own == (not env.get("AWS_ENDPOINT_URL"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
        ("AWS_ENDPOINT_URL", "localstack"),
        ("STACK_STAGE", "My Stage"),
        ("STACK_STAGE", "x"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(variable: str, value: str) -> None:
    """The variable and what it was are in the error."""
    with pytest.raises(DeployError, match=rf"{variable} must be .*{re.escape(repr(value))}"):
        read_endpoint({variable: value}, PORTS)
