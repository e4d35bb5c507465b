"""One build for Lambda, one for this machine and one deployed stack, for all these tests."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.deploy import Choices, Functions, deploy_functions
from infra.local.fixture import MetaApp, read_meta_app
from infra.local.ministack import ministack
from infra.package import ROOT, Package, build

BUILD_LOCAL = ROOT / "build" / "local"


@pytest.fixture(scope="session")
def package() -> Package:
    """Return what is deployed to AWS; dependencies that were fetched once stay in build/."""
    return build(ROOT / "build")


@pytest.fixture(scope="session")
def template(package: Package) -> dict[str, Any]:
    """Return the template that is deployed to AWS, as it is on disk."""
    return package.template


@pytest.fixture(scope="session")
def meta_app() -> MetaApp:
    """Return the Meta app whose secrets the deployed stack has."""
    return read_meta_app({})


@pytest.fixture(scope="session")
def stack(meta_app: MetaApp) -> Iterator[tuple[dict[str, str], Functions]]:
    """Deploy the whole package into an emulator; give a process's environment and the addresses."""
    choices = Choices(graph_url="http://127.0.0.1:9", web_origin="", log_level="WARNING")
    with ministack() as aws:
        yield deploy_functions(
            aws.environment, choices, meta_app, build_into=BUILD_LOCAL, say=lambda _line: None
        )


@pytest.fixture(scope="session")
def site(stack: tuple[dict[str, str], Functions], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the zip that was built for this machine, as Lambda unpacks its own."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(BUILD_LOCAL / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder
