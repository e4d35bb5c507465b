"""Fixtures of numbers and templates: a running Graph API, and a number that is connected to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.schemas.numbers import NumberConnect
from chalicelib.services import numbers
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer, pointed_at, running_sandbox


@pytest.fixture(scope="session")
def graph_server() -> Iterator[GraphServer]:
    """Hold one sandbox for all tests here."""
    with running_sandbox() as server:
        yield server


@pytest.fixture
def graph(
    graph_server: GraphServer, aws: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GraphServer]:
    """Give a Graph API that is as new, and that Parley uses."""
    with pointed_at(graph_server, monkeypatch) as server:
        yield server


@pytest.fixture
def number_id(graph: GraphServer, ctx: TenantContext, clock: SettableClock) -> str:
    """Give a connected number of the tenant."""
    fixture = graph.fixture
    body = NumberConnect.model_validate(
        {
            "phone_number_id": fixture.phone_number_id,
            "waba_id": fixture.waba_id,
            "access_token": fixture.access_token,
        }
    )
    return numbers.connect(ctx, body).id
