"""docs/operating.md has every alarm that may ring and every command that an operator needs."""

from __future__ import annotations

import re
from pathlib import Path

from infra.resources import fragment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text()
# What builds, and what holds the repository's own pages, is no command of a deployment's operator.
BUILD = {"advisories", "app_build", "openapi", "package", "permissions"}


def test_every_alarm_has_its_row() -> None:
    """No alarm rings whose meaning and remedy are not told, and none is told that cannot ring."""
    alarms = {
        name
        for name, resource in fragment()["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert set(re.findall(r"`(\w+Alarm)`", PAGE)) == alarms


def test_every_command_is_told() -> None:
    """Each program of infra/ that is started by hand is on the page, and each there is one."""
    programs = {
        path.stem
        for path in (ROOT / "infra").glob("*.py")
        if 'if __name__ == "__main__"' in path.read_text()
    }
    assert set(re.findall(r"`python -m infra\.(\w+)", PAGE)) == programs - BUILD
