"""Async tests run on asyncio alone, as the sandbox does; pywa's tests share a running sandbox."""

from collections.abc import Iterator

import httpx
import pytest
from pywa.client import WhatsApp

from .bench import APP, FIXTURE, NUMBER, WABA
from .command import serving


@pytest.fixture
def anyio_backend() -> str:
    """Return the event loop of every async test."""
    return "asyncio"


class ToSandbox(httpx.BaseTransport):
    """Sends whatever is meant for one of Meta's hosts to the sandbox."""

    def __init__(self, url: str) -> None:
        self._to = httpx.URL(url)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        request.url = request.url.copy_with(
            scheme=self._to.scheme, host=self._to.host, port=self._to.port
        )
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


@pytest.fixture(scope="package")
def running_sandbox() -> Iterator[str]:
    """Run a sandbox for all of pywa's tests and yield its URL."""
    with serving(SANDBOX_BEHAVIOUR="review_s=0.05,ads_sync_s=0,answer=0") as address:
        yield address


@pytest.fixture
def url(running_sandbox: str) -> str:
    """Return the URL of a sandbox in which nothing has happened yet."""
    httpx.post(f"{running_sandbox}/sandbox/reset", json={"everything": True}).raise_for_status()
    return running_sandbox


@pytest.fixture
def pywa(url: str) -> Iterator[WhatsApp]:
    """Yield a pywa client of the sandbox."""
    with httpx.Client(transport=ToSandbox(url)) as session:
        yield WhatsApp(
            phone_id=NUMBER,
            token=FIXTURE.access_token,
            waba_id=WABA,
            app_id=APP,
            session=session,
        )
