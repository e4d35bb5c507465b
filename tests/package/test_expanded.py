"""What CloudFormation makes of the template: SAM's own expansion of it, linted once more.

cfn-lint looks at SAM's short forms from outside; a wrong timeout or event only shows in what they
stand for. The translator comes with the emulator's environment, which has one already.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint

from infra.local.emulator_venv import ensure
from infra.local.ministack import VENV
from infra.package import Package, with_code

_EXPAND = """
import json, sys
from samtranslator.translator.transform import transform

class NoManagedPolicies:
    def load(self):
        return {}

print(json.dumps(transform(json.load(sys.stdin), {}, NoManagedPolicies())))
"""


@pytest.fixture(scope="module")
def expanded(package: Package) -> dict[str, Any]:
    """Return the template as SAM's translator gives it to CloudFormation."""
    python: Path = ensure(VENV, lambda _line: None)
    done = subprocess.run(
        [str(python), "-c", _EXPAND],
        input=json.dumps(with_code(package.template, "artifacts", "deployment.zip")),
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def test_cfn_lint_finds_nothing_in_the_expansion(expanded: dict[str, Any]) -> None:
    """The resources that CloudFormation really makes have no error and no warning either."""
    config = ManualArgs(regions=["eu-central-1"], ignore_checks=[])
    assert [str(match) for match in lint(json.dumps(expanded), config=config)] == []


def test_a_stack_can_hold_it(expanded: dict[str, Any], package: Package) -> None:
    """CloudFormation takes 500 resources in a stack and 1 MB of template, also with 190 routes."""
    assert len(expanded["Resources"]) <= 500
    size = len(json.dumps(expanded, separators=(",", ":")))
    assert size / len(package.routes) * 190 < 1_000_000


def test_sam_adds_no_permission_of_its_own(expanded: dict[str, Any]) -> None:
    """Each function runs under the role that grants.yaml gave it, without managed policies."""
    roles = [
        r
        for n, r in expanded["Resources"].items()
        if r["Type"] == "AWS::IAM::Role" and n not in {"GatewayRole", "ScheduleRole"}
    ]
    assert not any("ManagedPolicyArns" in role["Properties"] for role in roles)
    used = {
        r["Properties"]["Role"]["Fn::GetAtt"][0]
        for r in expanded["Resources"].values()
        if r["Type"] == "AWS::Lambda::Function"
    }
    assert len(roles) == len(used)


def test_functions_have_their_runtime_and_environment(expanded: dict[str, Any]) -> None:
    """What Globals says holds for every function once it is expanded."""
    functions = [r for r in expanded["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    for function in functions:
        properties = function["Properties"]
        assert properties["Runtime"] == "python3.13"
        assert properties["Architectures"] == ["arm64"]
        assert "TABLE_PREFIX" in properties["Environment"]["Variables"]
    queues = {n for n in expanded["Resources"] if n.endswith("Queue")}
    mappings = [
        r["Properties"]
        for r in expanded["Resources"].values()
        if r["Type"] == "AWS::Lambda::EventSourceMapping"
    ]
    assert {m["EventSourceArn"]["Fn::GetAtt"][0] for m in mappings} == queues
    assert all(m["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for m in mappings)
