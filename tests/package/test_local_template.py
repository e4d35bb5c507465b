"""A local emulator gets the template for AWS, less what the emulator refuses."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from infra.local_template import REFUSED, for_local, references, ttl_attributes
from infra.resources import fragment, merge_fragments, read_fragment, tables


def types(template: dict[str, Any]) -> set[str]:
    """Return the types of all resources."""
    return {resource["Type"] for resource in template["Resources"].values()}


def test_nothing_is_left_that_the_emulator_refuses(template: dict[str, Any]) -> None:
    """Refused types, CloudFront and metric-math alarms go, and nothing refers to them."""
    before = copy.deepcopy(template)
    local = for_local(template)
    assert template == before
    assert not REFUSED & types(local)
    assert not [kind for kind in types(local) if kind.startswith("AWS::CloudFront::")]
    alarms = [r for r in local["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    assert not [alarm for alarm in alarms if "Metrics" in alarm["Properties"]]
    known = set(local["Resources"]) | set(local["Parameters"])
    assert references(local["Resources"]) | references(local["Outputs"]) <= known
    assert "WebUrl" not in local["Outputs"]


def test_every_function_and_every_route_stays(template: dict[str, Any]) -> None:
    """What runs locally is what runs in AWS: functions, API, webhook, queues and tables."""
    local = for_local(template)
    gone = set(template["Resources"]) - set(local["Resources"])
    kinds = {template["Resources"][name]["Type"] for name in gone}
    kept = {"AWS::Serverless::Function", "AWS::Serverless::Api", "AWS::Lambda::Url"}
    assert not kinds & (kept | {"AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::KMS::Key"})


def test_a_local_stack_can_be_thrown_away(template: dict[str, Any]) -> None:
    """Nothing is retained, so that a stack can be made again under the same names."""
    for resource in for_local(template)["Resources"].values():
        assert not {"DeletionPolicy", "UpdateReplacePolicy"} & set(resource)
        assert "DeletionProtectionEnabled" not in resource["Properties"]


def test_the_senders_concurrency_is_a_number(template: dict[str, Any]) -> None:
    """MiniStack's poller cannot use a parameter here."""
    sender = for_local(template)["Resources"]["SenderFunction"]["Properties"]
    assert sender["Events"]["Send"]["Properties"]["ScalingConfig"] == {"MaximumConcurrency": 3}


def test_without_functions_only_data_is_left() -> None:
    """For code that runs outside the emulator, what holds data is enough."""
    local = for_local(fragment(), functions=False)
    assert "Globals" not in local
    assert not [k for k in types(local) if k.startswith(("AWS::Serverless", "AWS::Lambda"))]
    assert set(tables(local)) == set(tables())
    assert {"BucketName", "KeyArn", "SecretArn", "SendQueueUrl"} <= set(local["Outputs"])
    assert not {"ApiUrl", "WebhookUrl"} & set(local["Outputs"])


def test_a_lost_reference_is_an_error() -> None:
    """Rather than a stack that fails later, the resource and what it misses are named."""
    template = {
        "Resources": {
            "Web": {"Type": "AWS::CloudFront::Distribution", "Properties": {}},
            "Note": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Ref": "Web"}}},
        }
    }
    with pytest.raises(ValueError, match="Note refers to Web"):
        for_local(template)


def test_dependencies_on_what_went_are_forgotten() -> None:
    """DependsOn is an order, not a use: it just shrinks."""
    template = {
        "Resources": {
            "Web": {"Type": "AWS::CloudFront::Distribution", "Properties": {}},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}, "DependsOn": ["Web"]},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}, "DependsOn": ["Web", "Topic"]},
        }
    }
    local = for_local(template)["Resources"]
    assert "DependsOn" not in local["Topic"]
    assert local["Queue"]["DependsOn"] == ["Topic"]


def test_references_are_found_in_every_form() -> None:
    """Ref, GetAtt, Sub with and without variables; AWS's own names and literals are none."""
    value = [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::Sub": "${C.Arn}/${AWS::Region}/${!Literal}"},
        {"Fn::Sub": ["${x}/${D}", {"x": {"Ref": "E"}}]},
    ]
    assert references(value) == set("ABCDE")


def test_tables_with_an_expiry_are_told(template: dict[str, Any]) -> None:
    """The emulator ignores TTL, so whoever deploys learns which tables to set it on."""
    assert ttl_attributes(template) == dict.fromkeys(
        [
            "sessions",
            "mail_tokens",
            "rate_limits",
            "idempotency",
            "import_rows",
            "media",
            "templates",
            "exports",
            "usage",
        ],
        "expires_at",
    )


def test_a_name_given_in_two_files_is_an_error() -> None:
    """Of two resources with one name, one would silently win."""
    twice: dict[str, Any] = {"Resources": {"Bucket": {}}}
    with pytest.raises(ValueError, match=r"b\.yaml: Resources Bucket is already given"):
        merge_fragments([("a.yaml", twice), ("b.yaml", twice)])


def test_a_file_that_is_no_mapping_is_an_error(tmp_path: Any) -> None:
    """An empty or broken file is named."""
    path = tmp_path / "extra.yaml"
    path.write_text("- a\n")
    with pytest.raises(TypeError, match=r"extra\.yaml must be a mapping"):
        read_fragment(path)
