"""Puts Parley's template into the local AWS, and returns the environment its processes need.

What an emulator leaves undone is done here: TTL, and the value of the platform's secret. So is what
an operator does once: a rate card is loaded, an invented one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.whatsapp.rate_cards import encode_card, read_card, with_tiers
from infra.keys import KeysError, SecretStore, filled
from infra.local.cloudformation import STAGE, Deployer, DeployError, reported
from infra.local.fixture import MetaApp
from infra.local_template import for_local, ttl_attributes
from infra.package import PackageError, build, code_key, with_code
from infra.policies import GrantError
from infra.resources import fragment
from infra.split import SplitError
from infra.vendor import VendorError

MAIL_FROM = "parley@parley.example"
SAMPLE_FROM = date(2026, 10, 1)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a stack may choose: see the parameters in infra/environment.yaml."""

    graph_url: str
    web_origin: str
    log_level: str = "INFO"
    version: str = "local"
    stage: str = STAGE
    # A developer waits for a campaign to settle, and the sandbox tells what became of a message at
    # once; in AWS a minute, a day and five minutes are the defaults.
    settle_interval_s: int = 2
    settle_timeout_s: int = 60
    unknown_after_s: int = 0

    def parameters(self) -> dict[str, str]:
        """Return the choices as CloudFormation's parameters."""
        return {
            "Stage": self.stage,
            "GraphUrl": self.graph_url,
            "WebOrigin": self.web_origin,
            "AppUrl": self.web_origin,
            "MailFrom": MAIL_FROM,
            "MailIdentity": MAIL_FROM,
            "LogLevel": self.log_level,
            "Version": self.version,
            "SettleIntervalS": str(self.settle_interval_s),
            "SettleTimeoutS": str(self.settle_timeout_s),
            "UnknownAfterS": str(self.unknown_after_s),
        }


@dataclass(frozen=True, slots=True)
class Functions:
    """Where the deployed functions answer on the emulator."""

    api_url: str
    webhook_url: str


def deploy_resources(
    aws_environment: Mapping[str, str], choices: Choices, app: MetaApp
) -> dict[str, str]:
    """Deploy tables, queues, bucket, key and secret; return the environment of a process.

    For a stack whose code runs outside the emulator: no zip is built. Half a second for a new
    stack, less for one that is there. Raises DeployError.
    """
    deployer = Deployer(aws_environment, choices.stage)
    template = for_local(dict(fragment()), functions=False)
    template["AWSTemplateFormatVersion"] = "2010-09-09"
    return _deploy(deployer, template, choices, app) | dict(aws_environment)


def deploy_functions(
    aws_environment: Mapping[str, str],
    choices: Choices,
    app: MetaApp,
    *,
    build_into: Path,
    say: Callable[[str], None],
) -> tuple[dict[str, str], Functions]:
    """Build the package and deploy all of it; return the environment and where it answers.

    Some ten seconds, more when dependencies are fetched first. Raises DeployError.
    """
    try:
        made = build(build_into, stage=choices.stage, local=True, tell=say)
    except (PackageError, GrantError, SplitError, VendorError) as error:
        raise DeployError(f"The package could not be built: {error}") from error
    deployer = Deployer(aws_environment, choices.stage)
    key = code_key(made.archive_path)
    with reported():
        deployer.upload(key, made.archive_path.read_bytes())
    template = with_code(for_local(made.template), deployer.artifacts, key)
    environment = _deploy(deployer, template, choices, app) | dict(aws_environment)
    return environment, _functions(deployer, aws_environment["AWS_ENDPOINT_URL"])


def _deploy(
    deployer: Deployer, template: dict[str, Any], choices: Choices, app: MetaApp
) -> dict[str, str]:
    with reported():
        deployer.deploy(template, choices.parameters())
        outputs = deployer.outputs()
        _set_ttl(deployer, choices.stage, ttl_attributes(template))
        _fill_secret(deployer, outputs["SecretArn"], app)
        _load_sample_rates(deployer, outputs["BucketName"])
        _verify_sender(deployer)
    return {
        "STAGE": choices.stage,
        "TABLE_PREFIX": f"parley-{choices.stage}-",
        "BUCKET": outputs["BucketName"],
        "PLAN_QUEUE_URL": outputs["PlanQueueUrl"],
        "PLAN_QUEUE_ARN": outputs["PlanQueueArn"],
        "PLAN_DEAD_LETTERS_ARN": outputs["PlanDeadLettersArn"],
        "SCHEDULE_GROUP": outputs["ScheduleGroup"],
        "SCHEDULE_ROLE_ARN": outputs["ScheduleRoleArn"],
        "SEND_QUEUE_URL": outputs["SendQueueUrl"],
        "INBOUND_QUEUE_URL": outputs["InboundQueueUrl"],
        "IMPORTS_QUEUE_URL": outputs["ImportsQueueUrl"],
        "MEDIA_QUEUE_URL": outputs["MediaQueueUrl"],
        "MAIL_QUEUE_URL": outputs["MailQueueUrl"],
        "TENANT_QUEUE_URL": outputs["TenantQueueUrl"],
        "TENANT_QUEUE_ARN": outputs["TenantQueueArn"],
        "TENANT_DEAD_LETTERS_ARN": outputs["TenantDeadLettersArn"],
        "MAIL_FROM": MAIL_FROM,
        "APP_URL": choices.web_origin,
        "KMS_KEY_ID": outputs["KeyArn"],
        "SECRET_ID": outputs["SecretArn"],
        "GRAPH_URL": choices.graph_url,
        "GRAPH_VERSION": "v26.0",
        "WEB_ORIGIN": choices.web_origin,
        "SETTLE_INTERVAL_S": str(choices.settle_interval_s),
        "SETTLE_TIMEOUT_S": str(choices.settle_timeout_s),
        "UNKNOWN_AFTER_S": str(choices.unknown_after_s),
        "LOG_LEVEL": choices.log_level,
        "VERSION": choices.version,
    }


def _set_ttl(deployer: Deployer, stage: str, attributes: Mapping[str, str]) -> None:
    """Switch on the expiry that MiniStack's CloudFormation ignores."""
    dynamodb = deployer.client("dynamodb")
    for name, attribute in attributes.items():
        table = f"parley-{stage}-{name}"
        now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if now["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
            dynamodb.update_time_to_live(
                TableName=table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
            )


def _fill_secret(deployer: Deployer, secret_id: str, app: MetaApp) -> None:
    """Give the platform's secret its value: random keys once, the Meta app as it is now."""
    store = SecretStore(secret_id, deployer.client("secretsmanager"))
    try:
        now = store.read()
        kept = {name: value for name, value in now.items() if not name.startswith("meta_")}
        wanted = filled(
            kept,
            SYSTEM_CLOCK.now_ms(),
            app_id=app.app_id,
            app_secret=app.app_secret,
            verify_token=app.verify_token,
        )
        if wanted != now:
            store.write(wanted)
    except KeysError as error:
        raise DeployError(f"The local secret could not be filled: {error}") from error


def _load_sample_rates(deployer: Deployer, bucket: str) -> None:
    """Put the invented rates where `python -m infra.rates` puts Meta's."""
    folder = Path(__file__).parent
    card, _ = read_card((folder / "sample_rates.csv").read_text("utf-8"), "USD", SAMPLE_FROM)
    card = with_tiers(card, (folder / "sample_tiers.csv").read_text("utf-8"))
    deployer.client("s3").put_object(
        Bucket=bucket,
        Key=f"rates/USD/{SAMPLE_FROM.isoformat()}.json",
        Body=encode_card(replace(card, is_sample=True)),
    )


def _verify_sender(deployer: Deployer) -> None:
    """Have the emulator's SES take mail from Parley's address, as an operator has AWS's do."""
    client = deployer.client("sesv2")
    with contextlib.suppress(client.exceptions.AlreadyExistsException):
        client.create_email_identity(EmailIdentity=MAIL_FROM)


def _functions(deployer: Deployer, endpoint: str) -> Functions:
    """Return the emulator's own addresses of the REST API and of the webhook's Function URL."""
    outputs = deployer.outputs()
    stage = outputs["ApiUrl"].rsplit("/", 1)[1]
    webhook = outputs["WebhookUrl"].removeprefix("https://").split(".", 1)[0]
    return Functions(
        api_url=f"{endpoint}/_aws/execute-api/{outputs['RestAPIId']}/{stage}",
        webhook_url=f"{endpoint}/_aws/lambda-url/{webhook}",
    )
