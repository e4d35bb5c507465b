"""What the built template promises: CloudFormation takes it, and it says what Parley needs said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint

from chalicelib.core.config import read_settings
from chalicelib.handlers.queues.envelope import DELIVERIES
from infra.local_template import references
from infra.package import MAX_TEMPLATE_BYTES, Package, code_key, with_code
from infra.policies import read_grants, statements
from infra.resources import tables
from infra.split import MAX_RESOURCES

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
    """Give each role's name and each statement of its policy."""
    for name, properties in of_type(template, "AWS::IAM::Role").items():
        for policy in properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


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


def test_the_code_is_taken_from_a_bucket_by_its_digest(package: Package) -> None:
    """With a bucket, every function takes the zip that was built, and no other of that name."""
    done = with_code(package.template, "code-bucket", code_key(package.archive_path))
    digest = hashlib.sha256(package.archive_path.read_bytes()).hexdigest()
    sources = [properties["CodeUri"] for properties in of_type(done, FUNCTION).values()]
    assert sources == [{"Bucket": "code-bucket", "Key": f"{digest}.zip"}] * len(sources)


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

    One variable is pydantic's own affair.
    """
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return default

    read_settings(Asked())
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    # It names the distribution, which waits for the API: only who writes mail can have it.
    given |= set(of_type(template, FUNCTION)["MailFunction"]["Environment"]["Variables"])
    given.remove("PYDANTIC_DISABLE_PLUGINS")
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


def roles(template: Template) -> dict[str, str]:
    """Return the role of each function by the function's name."""
    functions = of_type(template, FUNCTION)
    return {name: properties["Role"]["Fn::GetAtt"][0] for name, properties in functions.items()}


def test_each_function_may_do_what_its_own_grants_say(package: Package) -> None:
    """Who shares a role has the very same grants; each policy is its function's own."""
    grants, template = read_grants(), package.template
    policy_of = {
        name: properties["Policies"][0]["PolicyDocument"]["Statement"]
        for name, properties in of_type(template, "AWS::IAM::Role").items()
        if properties.get("Policies")
    }
    own = {r.function: grants.of_route(r.blueprint, r.method, r.path) for r in package.routes}
    for name, role in roles(template).items():
        log, *rest = policy_of[role]
        assert log["Sid"] == "Log"
        assert rest == statements(own.get(name) or grants.of_function(name)), name
    assert set(roles(template).values()) == set(policy_of) - {"ScheduleRole"}


def test_logs_have_a_group_and_an_end(template: Template) -> None:
    """The API logs into one group, each consumer into its own, and none keeps logs for ever."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    for name, properties in of_type(template, FUNCTION).items():
        group = groups[properties["LoggingConfig"]["LogGroup"]["Ref"]]
        own = "api" if name.startswith("Api") else name
        assert group["LogGroupName"]["Fn::Sub"] == f"/parley/${{Stage}}/{own}"
    assert all(g["RetentionInDays"] == {"Ref": "LogRetentionDays"} for g in groups.values())


def test_the_stack_has_room_for_185_routes(package: Package) -> None:
    """Even if every route came to have a role of its own, resources and bytes would suffice."""
    resources = set(package.template["Resources"])
    of_routes = {route.function for route in package.routes}
    of_routes |= {name for name in resources if name.startswith("ApiRole")}
    assert of_routes < resources
    assert len(resources - of_routes) + 2 * 185 <= MAX_RESOURCES
    size = package.template_path.stat().st_size
    assert size / len(package.routes) * 185 < MAX_TEMPLATE_BYTES


# No resources of the template: a schedule's ARN is made of the group's name, and the address that
# mail is sent from is somebody's to verify.
OF_SCHEDULES = (
    "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${ScheduleGroup}/"
)
OF_MAIL = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailIdentity}"


def test_policies_name_their_resources(template: Template) -> None:
    """No role allows an action or resource by `*` alone; each logs to its functions' group only."""
    functions = of_type(template, FUNCTION)
    groups = {
        roles(template)[name]: properties["LoggingConfig"]["LogGroup"]["Ref"]
        for name, properties in functions.items()
    }
    for role, statement in policies(template):
        assert statement["Effect"] == "Allow"
        assert all(":" in a and "*" not in a for a in statement["Action"])
        for resource in statement["Resource"]:
            assert isinstance(resource, dict), (role, resource)
            text = resource.get("Fn::Sub", "")
            assert not text or text.startswith(("${", OF_SCHEDULES, OF_MAIL)), (role, resource)
            if statement["Sid"] == "Log":
                assert resource == {"Fn::GetAtt": [groups[role], "Arn"]}


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
        "TenantFunction",
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
        assert redrive["maxReceiveCount"] == DELIVERIES
        assert of_type(template, QUEUE)[dead]["MessageRetentionPeriod"] == 14 * 86_400
        assert ("ApproximateAgeOfOldestMessage", name) in watched
        assert ("ApproximateNumberOfMessagesVisible", dead) in watched
    assert all(p["SqsManagedSseEnabled"] for p in of_type(template, QUEUE).values())


def test_a_schedule_that_finds_no_way_is_a_dead_letter(template: Template) -> None:
    """EventBridge may put a message on its queue, and into the dead letters what it cannot."""
    (sends,) = [one for name, one in policies(template) if name == "ScheduleRole"]
    assert sends["Action"] == ["sqs:SendMessage"]
    names = ("PlanQueue", "PlanDeadLetters", "TenantQueue", "TenantDeadLetters")
    assert sends["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in names]


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
        if answer["statusCode"] == "429":
            assert int(headers["gatewayresponse.header.Retry-After"].strip("'")) > 0
        problem = json.loads(answer["responseTemplates"]["application/json"])
        assert str(problem["status"]) == answer["statusCode"]
        assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
