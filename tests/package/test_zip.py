"""The zip alone is enough: each function works in an interpreter that sees nothing else."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.handlers import BLUEPRINTS
from infra.bytecode import interpreter_of
from infra.local.deploy import Functions
from infra.package import ROOT, Package
from infra.vendor import AWS_SERVICES, LAMBDA_PYTHON

_INVOKE = Path(__file__).with_name("invoke_routes.py")
# -I -S: neither this checkout nor the virtual environment can be imported from.
_ALONE = [sys.executable, "-I", "-S"]
_CONSUMERS = [
    "webhook",
    "queues.plan",
    "queues.send",
    "queues.inbound",
    "queues.imports",
    "queues.media",
    "queues.mail",
]


def run(command: list[str], env: dict[str, str], stdin: str = "") -> str:
    """Return what a fresh interpreter prints; its errors are the test's."""
    clean = {"PATH": os.environ["PATH"], **env}
    done = subprocess.run(
        [*_ALONE, *command], input=stdin, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_functions_serve_their_routes_with_only_their_blueprint(
    package: Package, site: Path, stack: tuple[dict[str, str], Functions], blueprint: str
) -> None:
    """A function knows its blueprint's routes only, and answers a stranger as the route should."""
    wanted = [[r.method, r.path] for r in package.routes if r.blueprint == blueprint]
    assert wanted
    env = {**stack[0], "BLUEPRINT": blueprint}
    # Functions log to standard output; the last line is what the script says.
    printed = run([str(_INVOKE), str(site)], env, json.dumps(wanted))
    said: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert sorted(said["routes"]) == sorted(wanted)
    others = {f"chalicelib.handlers.{name}" for name in BLUEPRINTS if name != blueprint}
    assert not others & set(said["modules"])
    for answer in said["answers"]:
        status = answer["status"]
        assert status in {200, 204} or 400 <= status < 500, answer
        if status >= 400:
            assert status != 403, answer
            assert answer["type"] == "application/problem+json", answer
            assert json.loads(answer["body"])["status"] == status


@pytest.mark.parametrize("name", _CONSUMERS)
def test_consumers_load_without_the_api(
    site: Path, stack: tuple[dict[str, str], Functions], name: str
) -> None:
    """The webhook and the queue consumers import neither Chalice nor app.py nor a blueprint."""
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        f"import chalicelib.handlers.{name} as m\n"
        "assert callable(m.handler)\n"
        "print('\\n'.join(sys.modules))"
    )
    loaded = set(run(["-c", code], stack[0]).split())
    assert not {"chalice", "app", *(f"chalicelib.handlers.{b}" for b in BLUEPRINTS)} & loaded


def called_services() -> set[str]:
    """Return the AWS services of which chalicelib asks for a client, read from its source."""
    found = {"dynamodb"}  # PynamoDB's own
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name in {"client", "create_client"} and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_botocore_knows_every_service_that_is_called(site: Path) -> None:
    """A client of each called service can be made from the zip, and of no other."""
    assert called_services() <= AWS_SERVICES
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import botocore.session\n"
        "session = botocore.session.get_session()\n"
        f"for name in {sorted(AWS_SERVICES)!r}:\n"
        "    client = session.create_client(name, region_name='eu-central-1',\n"
        "        aws_access_key_id='a', aws_secret_access_key='b')\n"
        "    client.meta.service_model.operation_names\n"
        "    assert client.meta.endpoint_url.startswith('https://'), client.meta.endpoint_url\n"
        "print(' '.join(session.get_available_services()))"
    )
    assert set(run(["-c", code], {}).split()) == AWS_SERVICES


def test_the_zip_for_lambda_holds_arm64_code_only(package: Package) -> None:
    """Every compiled module is for arm64, and for CPython 3.13 or its stable ABI."""
    with zipfile.ZipFile(package.archive_path) as archive:
        names = archive.namelist()
        compiled = [name for name in names if name.endswith(".so")]
        assert compiled
        for name in compiled:
            header = archive.read(name)[:20]
            # ELF: e_machine is the 16 bits at offset 18; 183 is AArch64.
            assert (header[:4], header[18]) == (b"\x7fELF", 183), name
            assert ".cpython-313-" in name or ".abi3." in name, name


def test_the_zip_holds_all_of_the_code(package: Package) -> None:
    """Every file of chalicelib is there, those that are not Python too."""
    files = [path for path in (ROOT / "chalicelib").rglob("*") if path.is_file()]
    wanted = {p.relative_to(ROOT).as_posix() for p in files if "__pycache__" not in p.parts}
    with zipfile.ZipFile(package.archive_path) as archive:
        names = set(archive.namelist())
    assert wanted | {"app.py"} <= names


def test_the_zip_holds_nothing_that_does_not_run(package: Package) -> None:
    """No tests, no build tools; the code is there; fixed times make it repeatable."""
    with zipfile.ZipFile(package.archive_path) as archive:
        infos = archive.infolist()
    names = [info.filename for info in infos]
    assert len(names) == len(set(names))
    assert {"app.py", "chalicelib/handlers/__init__.py", "chalice/app.py"} <= set(names)
    top = {name.split("/")[0].split(".")[0] for name in names}
    assert not {"pip", "setuptools", "click", "inquirer", "boto3", "moto", "pytest"} & top
    assert not [n for n in names if "/tests/" in n]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert package.archive_path.stat().st_size < 25_000_000


def test_the_zip_for_lambda_is_compiled(package: Package) -> None:
    """Where Lambda's Python is here, each module has byte code of it that is believed as it is."""
    with zipfile.ZipFile(package.archive_path) as archive:
        names = set(archive.namelist())
        compiled = {name for name in names if name.endswith(".pyc")}
        if interpreter_of(LAMBDA_PYTHON) is None:
            assert not compiled
            return
        for name in (name for name in names if name.endswith(".py")):
            folder, _, module = name.rpartition("/")
            cached = f"{folder}/__pycache__/{module[:-3]}.cpython-313.pyc".lstrip("/")
            assert cached in compiled, name
        for name in compiled:
            assert archive.read(name)[4:8] == b"\x01\x00\x00\x00", name  # PEP 552: unchecked
