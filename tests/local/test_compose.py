"""localstack-compose.yml, which no engine runs here: that it is whole and fits what it starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.local.consumer import QUEUES
from infra.local.fixture import read_meta_app
from infra.local.ports import read_ports
from infra.resources import fragment

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "localstack-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def test_what_is_asked_for_is_there() -> None:
    """The emulator at its last free version, Parley's processes, the sandbox, the table browser."""
    assert set(SERVICES) == {"localstack", "sandbox", "tables", "web", *OURS}
    assert {"api", "webhook", "sender", "workers"} <= set(OURS)
    assert SERVICES["localstack"]["image"].endswith(":-4.14.0}")
    assert SERVICES["tables"]["ports"] == ["127.0.0.1:5050:8001"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_has_a_health_check_and_waits_for_healthy_ones(name: str) -> None:
    """Nothing starts on what is not ready, and everything says whether it is."""
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    for other, how in service.get("depends_on", {}).items():
        assert other in SERVICES
        assert how == {"condition": "service_healthy"}
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_nobody_waits_in_a_circle() -> None:
    """The order in which the services wait for each other has an end."""
    done: set[str] = set()
    while len(done) < len(SERVICES):
        ready = {n for n, s in SERVICES.items() if set(s.get("depends_on", ())) <= done} - done
        assert ready
        done |= ready


def test_the_ports_are_the_stacks() -> None:
    """The same defaults and the same variables as without containers."""
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    for port in read_ports({}).all():
        assert any(f"${{{port.variable}:-{port.number}}}" in text for text in published), port


def test_the_sandbox_has_the_app_that_parley_is_told_of() -> None:
    """Account, secret and token are those of every other local stack."""
    expected = read_meta_app({})
    for name in ("sandbox", "api", "web"):
        assert read_meta_app(SERVICES[name]["environment"]) == expected
        given = expected.sandbox_environment()
        assert given.items() <= SERVICES[name]["environment"].items()


@pytest.mark.parametrize("name", OURS)
def test_commands_and_variables_are_real(name: str) -> None:
    """Each command is a module of this tree; each variable is one that some module reads."""
    service = SERVICES[name]
    for module in re.findall(r"python -m (\S+)", service["command"]):
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
    sources = "".join(
        path.read_text()
        for folder in ("chalicelib", "infra/local", "sandbox")
        for path in (ROOT / folder).rglob("*.py")
    )
    template = str(fragment()["Globals"]["Function"]["Environment"]["Variables"])
    for variable in service["environment"]:
        short = variable.removeprefix("SANDBOX_").lower()
        known = variable.startswith("AWS_") or variable in sources or variable in template
        assert known or short in sources, variable


def test_every_queue_has_its_consumer() -> None:
    """No queue is left without a process that reads it, and none has two."""
    arguments = [
        word
        for name in ("sender", "workers")
        for word in SERVICES[name]["command"].split("infra.local.consumer", 1)[1].split()
    ]
    assert sorted(word for word in arguments if word in QUEUES) == sorted(QUEUES)
