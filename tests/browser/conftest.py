"""A stack with a finished campaign, a Chromium, and pages that tell of every error they see."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from demo.client import Api
from demo.job import Job
from demo.marker import Marker
from demo.progress import Display
from demo.sandbox import Sandbox
from infra.local.ports import free_port
from infra.local.stack import Stack
from tests.browser.chromium import NoChromiumError, arguments, axe_source, get_chromium

ROOT = Path(__file__).resolve().parents[2]
ROWS = 120
# Two cores that also run the whole stack: a page may take a while, a test must not be flaky.
PATIENCE_MS = 15_000
Addresses = dict[str, str]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """What stack.json holds, of a stack on which the demo's campaign has been sent.

    PARLEY_STACK may name the stack.json of one that runs already (`make run`), which saves its
    start while tests are being written.
    """
    running = os.environ.get("PARLEY_STACK")
    if running:
        yield json.loads(Path(running).read_text())
        return
    if not (ROOT / "frontend" / "dist" / "index.html").is_file():
        pytest.fail("The app is not built: `make test-browser` builds it, then runs these tests.")
    home = tmp_path_factory.mktemp("browser")
    csv = home / "contacts.csv"
    lines = (ROOT / "demo" / "contacts.csv").read_bytes().splitlines(keepends=True)
    csv.write_bytes(b"".join(lines[: ROWS + 1]))
    names = ("WEB_PORT", "API_PORT", "WEBHOOK_PORT", "SANDBOX_PORT", "AWS_PORT")
    env = {**os.environ, **{name: str(free_port()) for name in names}}
    display = Display()
    with Stack(env=env, home=home, say=display.say) as running_stack:
        addresses = running_stack.addresses
        with (
            closing(Api(addresses["api_url"])) as api,
            closing(Sandbox(addresses["sandbox_url"])) as sandbox,
        ):
            marker = Marker(home / "campaign.json")
            Job(api, sandbox, addresses, csv, marker, display, lambda: None).run()
        yield addresses


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; its absence is a failure with what to do, never a skip."""
    try:
        path = get_chromium(os.environ)
    except NoChromiumError as error:
        pytest.fail(str(error))
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments())
        yield running
        running.close()


def _watch(page: Page, seen: list[str]) -> None:
    page.on("pageerror", lambda error: seen.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            seen.append(f"{page.url}: {message.text} {message.location.get('url', '')}")
            if message.type in {"error", "warning"}
            else None
        ),
    )


@pytest.fixture
def console() -> list[str]:
    """Every error and warning of the pages' consoles; a test that expects one clears it."""
    return []


@pytest.fixture
def open_page(browser: Browser, stack: Addresses, console: list[str]) -> Iterator[OpenPage]:
    """Open pages of a person of their own; afterwards no console may hold an error."""
    contexts: list[BrowserContext] = []

    def make(
        *,
        width: int = 1280,
        height: int = 800,
        scheme: Literal["light", "dark"] = "light",
        signed_in: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=stack["web_url"],
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        _watch(page, console)
        if signed_in:
            who = {"email": stack["email"], "password": stack["password"]}
            answer = context.request.post("/api/auth/login", data=who)
            assert answer.ok, answer.text()
        return page

    yield make
    for context in contexts:
        context.close()
    assert console == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desk, signed in."""
    return open_page()


@pytest.fixture(scope="session")
def axe() -> str:
    """The code of axe, to be run inside pages."""
    return axe_source(ROOT)


@pytest.fixture
def write_as(stack: Addresses) -> Callable[[str, str], None]:
    """Let a customer write to the business, from the sandbox's phone."""

    def write(wa_id: str, text: str) -> None:
        url = f"{stack['sandbox_url']}/sandbox/contacts/{wa_id}/messages"
        body = {"phone_number_id": stack["phone_number_id"], "type": "text", "text": text}
        answer = httpx.post(url, json=body)
        assert answer.is_success, answer.text

    return write
