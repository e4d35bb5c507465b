"""The firewall stands before the API and CloudFront, counts by viewer, and can be left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core.errors import TooLarge, TooManyRequests
from infra.local_template import for_local

Template = dict[str, Any]


def rules(template: Template, name: str) -> dict[str, dict[str, Any]]:
    """Return the rules of a web ACL by their names."""
    return {rule["Name"]: rule for rule in template["Resources"][name]["Properties"]["Rules"]}


@pytest.mark.parametrize("name", ["ApiFirewall", "EdgeFirewall"])
def test_what_it_refuses(template: Template, name: str) -> None:
    """AWS's common rules and known bad inputs, bad reputation, large bodies and a rate."""
    found = rules(template, name)
    groups = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]
        for rule in found.values()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert {
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
    } == groups
    assert len({rule["Priority"] for rule in found.values()}) == len(found)
    assert found["rate"]["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert found["rate"]["Action"]["Block"]["CustomResponse"]["ResponseHeaders"] == [
        {"Name": "Retry-After", "Value": "300"}
    ]
    path, size = found["auth-bodies"]["Statement"]["AndStatement"]["Statements"]
    assert path["ByteMatchStatement"]["SearchString"] == "/api/auth/"
    assert size["SizeConstraintStatement"]["Size"] == 8192
    # A body of which WAF sees only the beginning is one that is too large.
    assert size["SizeConstraintStatement"]["FieldToMatch"]["Body"]["OversizeHandling"] == "MATCH"


@pytest.mark.parametrize("name", ["ApiFirewall", "EdgeFirewall"])
def test_it_says_no_in_the_apis_own_words(template: Template, name: str) -> None:
    """Its refusals are problem+json's members with the API's codes."""
    bodies = template["Resources"][name]["Properties"]["CustomResponseBodies"]
    for key, error in {"too-many": TooManyRequests(""), "too-large": TooLarge("")}.items():
        problem = json.loads(bodies[key]["Content"])
        assert (problem["status"], problem["code"]) == (error.status, error.code)


def test_messages_and_files_are_not_taken_for_attacks(template: Template) -> None:
    """Markup and links in a body are what people write: they are counted, not refused."""
    common = rules(template, "ApiFirewall")["common"]["Statement"]["ManagedRuleGroupStatement"]
    assert {o["Name"]: o["ActionToUse"] for o in common["RuleActionOverrides"]} == {
        name: {"Count": {}}
        for name in ("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericRFI_BODY")
    }


def test_viewers_are_counted_once_and_by_their_own_address(template: Template) -> None:
    """Before the API, what CloudFront vouches for is left to the counting before CloudFront."""
    rate = rules(template, "ApiFirewall")["rate"]["Statement"]["RateBasedStatement"]
    condition, proven, unproven = rate["Fn::If"]
    assert condition == "EdgeIsProven"
    vouched = proven["ScopeDownStatement"]["NotStatement"]["Statement"]["ByteMatchStatement"]
    assert vouched["SearchString"] == {"Ref": "EdgeSecret"}
    assert (proven["AggregateKeyType"], unproven["AggregateKeyType"]) == ("IP", "FORWARDED_IP")
    edge = rules(template, "EdgeFirewall")["rate"]["Statement"]["RateBasedStatement"]
    assert edge == {"AggregateKeyType": "IP", "Limit": {"Ref": "RequestsIn5Minutes"}}


def test_it_stands_before_the_stage_and_the_distribution(template: Template) -> None:
    """Both are associated, CloudFront's only where its kind of web ACL can be: in us-east-1."""
    resources = template["Resources"]
    association = resources["ApiFirewallAssociation"]["Properties"]
    assert association["WebACLArn"] == {"Fn::GetAtt": ["ApiFirewall", "Arn"]}
    assert "/restapis/${RestAPI}/stages/${RestAPI.Stage}" in association["ResourceArn"]["Fn::Sub"]
    web = resources["Web"]["Properties"]["DistributionConfig"]["WebACLId"]["Fn::If"]
    assert web[:2] == ["HasOwnEdgeFirewall", {"Fn::GetAtt": ["EdgeFirewall", "Arn"]}]
    assert web[2]["Fn::If"][:2] == ["HasGivenEdgeFirewall", {"Ref": "EdgeFirewallArn"}]
    for name in ("ApiFirewall", "ApiFirewallAssociation"):
        assert resources[name]["Condition"] == "HasFirewall"
    assert template["Conditions"]["HasFirewall"] == {"Fn::Equals": [{"Ref": "Firewall"}, "true"]}


def test_a_local_stack_has_none(template: Template) -> None:
    """No emulator filters, so none is deployed into one."""
    kinds = {resource["Type"] for resource in for_local(template)["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith("AWS::WAFv2::")]


def test_the_spas_files_have_every_security_header(template: Template) -> None:
    """CloudFront adds them to whatever comes from the bucket, errors too."""
    config = template["Resources"]["WebHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "strict-origin-when-cross-origin"
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    assert all(part["Override"] for part in security.values())
    behaviour = template["Resources"]["Web"]["Properties"]["DistributionConfig"]
    assert behaviour["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "WebHeaders"}
