"""What the built template promises: CloudFormation takes it, and it says what Parley needs said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint

from chalicelib.core.config import read_settings
from infra.local_template import references
from infra.package import Package
from infra.resources import tables

Template = dict[str, Any]

FUNCTION = "AWS::Serverless::Function"
QUEUE = "AWS::SQS::Queue"
TABLE = "AWS::DynamoDB::Table"


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of each resource of a type."""
    return {n: r["Properties"] for n, r in template["Resources"].items() if r["Type"] == kind}


def queues(template: Template) -> dict[str, dict[str, Any]]:
    """Return the queues that work waits in, without those of dead letters."""
    return {n: p for n, p in of_type(template, QUEUE).items() if n.endswith("Queue")}


def mappings(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each consumer's function and the properties of its event source."""
    for name, properties in of_type(template, FUNCTION).items():
        for event in properties.get("Events", {}).values():
            assert event["Type"] == "SQS"
            yield name, event["Properties"]


def policies(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each function's name and each statement of its policy."""
    for name, properties in of_type(template, "AWS::IAM::Role").items():
        for policy in properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name.removesuffix("Role"), statement


def test_cfn_lint_finds_nothing(package: Package) -> None:
    """cfn-lint has no error and no warning, and nothing is ignored."""
    text = package.template_path.read_text()
    assert "cfn-lint" not in text
    everything = ManualArgs(regions=["eu-central-1"], ignore_checks=[], include_checks=["W", "E"])
    assert [str(match) for match in lint(text, config=everything)] == []


def test_the_template_needs_to_be_uploaded_and_can_be(package: Package) -> None:
    """It is over what CloudFormation takes inline and under what it takes from S3."""
    assert 51_200 < package.template_path.stat().st_size < 1_000_000
    assert json.loads(package.template_path.read_text()) == package.template


def test_every_name_that_is_referred_to_exists(template: Template) -> None:
    """No Ref, GetAtt or Sub names a resource or parameter that is not there."""
    known = set(template["Resources"]) | set(template["Parameters"])
    assert references(template["Resources"]) <= known
    assert references(template["Outputs"]) <= known


def test_functions_run_on_python_3_13_and_arm64(template: Template) -> None:
    """The runtime is Lambda's, whatever Python built the package; no function says otherwise."""
    common = template["Globals"]["Function"]
    assert common["Runtime"] == "python3.13"
    assert common["Architectures"] == ["arm64"]
    for properties in of_type(template, FUNCTION).values():
        assert not {"Runtime", "Architectures"} & set(properties)
        assert properties["CodeUri"] == "./deployment.zip"


def test_functions_get_every_setting_that_a_process_reads(template: Template) -> None:
    """The environment has each variable that config.py asks for, but AWS's own and BLUEPRINT.

    Mails alone lead to the app, and the app's distribution needs the API's functions to stand.
    """
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return default

    read_settings(Asked())
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    given |= set(of_type(template, FUNCTION)["MailFunction"]["Environment"]["Variables"])
    assert given == asked - {"AWS_REGION", "AWS_DEFAULT_REGION", "BLUEPRINT"}


def test_api_functions_answer_before_the_gateway_gives_up(template: Template) -> None:
    """A REST API waits 29 s at most; passwords are hashed with a whole vCPU."""
    api = {n: p for n, p in of_type(template, FUNCTION).items() if n.startswith("Api")}
    assert all(p["Timeout"] <= 29 for p in api.values())
    sizes = {n: p["MemorySize"] for n, p in api.items()}
    assert sizes["ApiPostAuthLogin"] == sizes["ApiPostAuthRegister"] == 1769
    assert template["Resources"]["RestAPI"]["Properties"]["EndpointConfiguration"] == {
        "Type": "REGIONAL"
    }


def test_each_function_has_its_own_role_and_log_group(template: Template) -> None:
    """No role and no log group is shared, and logs do not stay for ever."""
    functions = of_type(template, FUNCTION)
    assert {p["Role"]["Fn::GetAtt"][0] for p in functions.values()} == {
        f"{name}Role" for name in functions
    }
    groups = of_type(template, "AWS::Logs::LogGroup")
    for name, properties in functions.items():
        group = groups[properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["LogGroupName"]["Fn::Sub"] == f"/parley/${{Stage}}/{name}"
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert len(groups) == len(functions)


_OURS = "${AWS::Region}:${AWS::AccountId}"
# No resource of the template stands for these, so their ARNs are made of names.
NAMED = (
    f"arn:${{AWS::Partition}}:scheduler:{_OURS}:schedule/${{ScheduleGroup}}/",
    f"arn:${{AWS::Partition}}:ses:{_OURS}:identity/${{MailIdentity}}",
)


def test_policies_name_their_resources(template: Template) -> None:
    """No role allows an action or resource by `*` alone; each logs to its own group only."""
    for function, statement in policies(template):
        assert statement["Effect"] == "Allow"
        assert all(":" in a and "*" not in a for a in statement["Action"])
        for resource in statement["Resource"]:
            assert isinstance(resource, dict), (function, resource)
            text = resource.get("Fn::Sub", "")
            assert not text or text.startswith(("${", *NAMED)), (function, resource)
            if statement["Sid"] == "Log":
                assert resource == {"Fn::GetAtt": [f"{function}Logs", "Arn"]}


def test_consumers_report_single_failures(template: Template) -> None:
    """Every mapping asks for ReportBatchItemFailures: one bad message repeats no other."""
    found = dict(mappings(template))
    assert set(found) == {
        "PlannerFunction",
        "SenderFunction",
        "InboundFunction",
        "ImporterFunction",
        "MediaFunction",
        "MailFunction",
    }
    for properties in found.values():
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    sender = found["SenderFunction"]["ScalingConfig"]
    assert sender == {"MaximumConcurrency": {"Ref": "SenderConcurrency"}}


def test_messages_stay_hidden_while_they_are_worked_on(template: Template) -> None:
    """A queue's visibility is at least six times its consumer's timeout, as AWS advises."""
    functions = of_type(template, FUNCTION)
    consumed = set()
    for name, properties in mappings(template):
        queue = properties["Queue"]["Fn::GetAtt"][0]
        consumed.add(queue)
        visibility = queues(template)[queue]["VisibilityTimeout"]
        assert visibility >= 6 * functions[name]["Timeout"]
    assert consumed == set(queues(template))


def test_every_queue_has_dead_letters_and_alarms(template: Template) -> None:
    """Five attempts, then 14 days to look at it; age and dead letters each raise an alarm."""
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    watched = {
        (p["MetricName"], p["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
        for p in alarms
        if p.get("Namespace") == "AWS/SQS"
    }
    for name, properties in queues(template).items():
        redrive = properties["RedrivePolicy"]
        dead = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert redrive["maxReceiveCount"] == 5
        assert of_type(template, QUEUE)[dead]["MessageRetentionPeriod"] == 14 * 86_400
        assert ("ApproximateAgeOfOldestMessage", name) in watched
        assert ("ApproximateNumberOfMessagesVisible", dead) in watched
    assert all(p["SqsManagedSseEnabled"] for p in of_type(template, QUEUE).values())


def test_somebody_is_told_of_every_alarm(template: Template) -> None:
    """The composite alarm, which notifies, names each of the others."""
    (composite,) = of_type(template, "AWS::CloudWatch::CompositeAlarm").values()
    assert references(composite["AlarmRule"]) == set(of_type(template, "AWS::CloudWatch::Alarm"))
    assert composite["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_tables_are_encrypted_recoverable_and_kept(template: Template) -> None:
    """Every table is on demand, encrypted, restorable to a moment, and outlives its stack."""
    found = of_type(template, TABLE)
    assert len(found) == len(tables())
    for name, properties in found.items():
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["SSESpecification"] == {"SSEEnabled": True}
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        resource = template["Resources"][name]
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", ["Bucket", "WebBucket"])
def test_buckets_are_private_and_encrypted(template: Template, name: str) -> None:
    """No bucket can be made public, and none is read or written without TLS."""
    properties = template["Resources"][name]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    policy = template["Resources"][f"{name}Policy"]["Properties"]["PolicyDocument"]
    denied = [s for s in policy["Statement"] if s["Effect"] == "Deny"]
    assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_forgets_files_and_admits_browsers(template: Template) -> None:
    """Uploads that nothing came of go after a day, exports after 7, webhooks that nobody understood
    after 30, media after MediaDays; a URL's signature admits a browser, which may GET and PUT.
    """
    bucket = template["Resources"]["Bucket"]["Properties"]
    rules = {
        rule.get("Prefix", ""): rule.get("ExpirationInDays")
        for rule in bucket["LifecycleConfiguration"]["Rules"]
    }
    assert rules == {
        "": None,
        "imports/": 30,
        "uploads/": 1,
        "webhooks/": 30,
        "exports/": 7,
        "media/": {"Ref": "MediaDays"},
    }
    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert cors["AllowedMethods"] == ["GET", "HEAD", "PUT"]


def test_the_webhook_is_public_by_both_grants(template: Template) -> None:
    """A Function URL without either of the two permissions answers 403."""
    grants = {
        p["Action"]: p
        for p in of_type(template, "AWS::Lambda::Permission").values()
        if p["FunctionName"] == {"Ref": "WebhookFunction"}
    }
    assert grants["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert grants["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True
    assert template["Resources"]["WebhookUrl"]["Properties"]["AuthType"] == "NONE"


def test_the_gateway_itself_answers_in_problem_json(template: Template) -> None:
    """What API Gateway refuses has the shape of what Parley refuses; browsers may read it."""
    body = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    answers = body["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(answers)
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"
    for answer in answers.values():
        headers = answer["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
        assert headers["gatewayresponse.header.X-Content-Type-Options"] == "'nosniff'"
        assert headers["gatewayresponse.header.X-Frame-Options"] == "'DENY'"
        assert "max-age" in headers["gatewayresponse.header.Strict-Transport-Security"]
        assert all(value.count("'") == 2 for value in headers.values())
        problem = json.loads(answer["responseTemplates"]["application/json"])
        assert str(problem["status"]) == answer["statusCode"]
        assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
