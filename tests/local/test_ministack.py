"""The emulator: started, saved, loaded again; the template deployed into it twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from chalicelib.core.config import read_settings
from chalicelib.core.secrets import parse_secrets
from infra.local.cloudformation import Deployer, DeployError
from infra.local.deploy import Choices, deploy_resources
from infra.local.fixture import read_meta_app
from infra.local.ministack import MiniStack, ministack
from infra.local.ports import PortError, free_port
from infra.resources import tables

CHOICES = Choices(graph_url="http://127.0.0.1:4010", web_origin="http://127.0.0.1:3001")
APP = read_meta_app({})


def client(aws: MiniStack, service: str) -> Any:
    """Return a client of the emulator."""
    return Deployer(aws.environment).client(service)


def test_state_is_kept_over_a_restart(tmp_path: Path) -> None:
    """Rows, waiting messages, the key and the secret are there after a stop and a start."""
    port = free_port()
    with ministack(port, tmp_path) as aws:
        first = deploy_resources(aws.environment, CHOICES, APP)
        client(aws, "dynamodb").put_item(
            TableName="parley-local-tenants", Item={"id": {"S": "ten_1"}, "name": {"S": "Aço"}}
        )
        client(aws, "sqs").send_message(QueueUrl=first["PLAN_QUEUE_URL"], MessageBody="plan")
        hidden = client(aws, "kms").encrypt(KeyId=first["KMS_KEY_ID"], Plaintext=b"token")
        secret = client(aws, "secretsmanager").get_secret_value(SecretId=first["SECRET_ID"])
    with ministack(port, tmp_path) as aws:
        second = deploy_resources(aws.environment, CHOICES, APP)
        row = client(aws, "dynamodb").get_item(
            TableName="parley-local-tenants", Key={"id": {"S": "ten_1"}}
        )
        got = client(aws, "sqs").receive_message(QueueUrl=second["PLAN_QUEUE_URL"])
        shown = client(aws, "kms").decrypt(CiphertextBlob=hidden["CiphertextBlob"])
        again = client(aws, "secretsmanager").get_secret_value(SecretId=second["SECRET_ID"])
    assert second == first
    assert row["Item"]["name"] == {"S": "Aço"}
    assert [message["Body"] for message in got["Messages"]] == ["plan"]
    assert shown["Plaintext"] == b"token"
    assert again["SecretString"] == secret["SecretString"]


# No route is served by itself, Facebook gives no id for Embedded Signup, calls carry no proof.
NOT_HERE = {"blueprint", "meta_config_id", "graph_appsecret_proof", "edge_secret"}


def test_deployment_gives_every_process_its_settings(aws: MiniStack) -> None:
    """The environment that a deployment returns is complete, and the secret in it can be read."""
    environment = deploy_resources(aws.environment, CHOICES, APP)
    settings = read_settings(environment)
    for name in settings.__slots__:
        if name not in NOT_HERE:
            assert getattr(settings, name) not in {"", ()}, name
    assert settings.graph_url == CHOICES.graph_url
    secret = client(aws, "secretsmanager").get_secret_value(SecretId=settings.secret_id)
    assert parse_secrets(secret["SecretString"]).meta_app_secrets == (APP.app_secret,)


def test_deployment_makes_the_tables_of_the_template_with_their_expiry(aws: MiniStack) -> None:
    """Each table of infra/resources.yaml is there, and the emulator's gap in TTL is filled."""
    deploy_resources(aws.environment, CHOICES, APP)
    dynamodb = client(aws, "dynamodb")
    assert set(dynamodb.list_tables()["TableNames"]) == {f"parley-local-{n}" for n in tables()}
    for name, properties in tables().items():
        ttl = dynamodb.describe_time_to_live(TableName=f"parley-local-{name}")
        wanted = properties.get("TimeToLiveSpecification", {}).get("AttributeName")
        assert ttl["TimeToLiveDescription"].get("AttributeName") == wanted, name


def test_a_changed_meta_app_changes_the_secret_but_not_the_keys(aws: MiniStack) -> None:
    """Another app secret reaches a stack that is there, and nobody is signed out by it."""
    environment = deploy_resources(aws.environment, CHOICES, APP)
    secrets = client(aws, "secretsmanager")
    before = json.loads(secrets.get_secret_value(SecretId="parley-local")["SecretString"])
    other = read_meta_app({"SANDBOX_APP_SECRET": "another"})
    assert deploy_resources(aws.environment, CHOICES, other) == environment
    after = json.loads(secrets.get_secret_value(SecretId="parley-local")["SecretString"])
    assert after == before | {"meta_app_secrets": ["another"]}


def test_a_template_that_cannot_be_deployed_says_why(aws: MiniStack) -> None:
    """The emulator's reason and a way out are in the error."""
    template = {"Resources": {"Thing": {"Type": "AWS::Nothing::Thing", "Properties": {}}}}
    with pytest.raises(DeployError, match=r"(?s)AWS::Nothing::Thing.*remove \.local/state"):
        Deployer(aws.environment).deploy(template, {})


def test_a_port_that_is_taken_is_not_shared(aws: MiniStack) -> None:
    """Another emulator on the port is not mistaken for the one that was asked for."""
    with pytest.raises(PortError, match=f"Port {aws.port} .* is in use"), ministack(aws.port):
        pass


def test_the_environment_talks_to_no_other_aws(
    aws: MiniStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile or keys of the developer never reach a real account from a process of the stack."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    sqs = botocore.session.get_session().create_client("sqs")
    assert sqs.meta.endpoint_url == aws.url
