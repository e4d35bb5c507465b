"""The demo's API client: what it repeats, what it must not, and how it tells errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from demo.client import Api, ApiError, Unreachable

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def api_of() -> Iterator[Callable[[Handler], Api]]:
    """Make clients that ask a function instead of a server."""
    made: list[Api] = []

    def make(handler: Handler) -> Api:
        made.append(
            Api("http://parley.test", transport=httpx.MockTransport(handler), sleep=lambda _s: None)
        )
        return made[-1]

    yield make
    for api in made:
        api.close()


def test_reading_is_repeated_until_the_server_is_back(api_of: Callable[[Handler], Api]) -> None:
    """A GET survives a server that breaks the connection and then is not ready yet."""
    answers: Iterator[Exception | int] = iter([httpx.ReadError("gone"), 503, 200])

    def handle(_request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, json={"id": "cmp_1"})

    assert api_of(handle).get_campaign("cmp_1")["id"] == "cmp_1"


def test_writing_is_repeated_only_if_it_never_arrived(api_of: Callable[[Handler], Api]) -> None:
    """A POST that could not connect is sent again; one whose answer was lost is not."""
    sent: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        if len(sent) == 1:
            raise httpx.ConnectError("refused")
        raise httpx.ReadError("lost")

    with pytest.raises(Unreachable, match="broke during POST"):
        api_of(handle).change_campaign("cmp_1", "launch")
    assert len(sent) == 2


def test_an_expired_token_is_renewed(api_of: Callable[[Handler], Api]) -> None:
    """After a 401 the client signs in again and asks once more with the new token."""
    logins = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        if request.url.path == "/api/auth/login":
            logins += 1
            return httpx.Response(200, json={"access_token": f"token-{logins}"})
        is_fresh = request.headers["Authorization"] == "Bearer token-2"
        return httpx.Response(200 if is_fresh else 401, json={"id": "cmp_1"})

    api = api_of(handle)
    assert api.sign_in("demo@parley.example", "secret-password")
    assert api.get_campaign("cmp_1")["id"] == "cmp_1"
    assert logins == 2


def test_lists_are_read_to_the_end(api_of: Callable[[Handler], Api]) -> None:
    """Pages are followed by their cursors, also past an empty page."""
    pages = {"": (["a"], "2"), "2": ([], "3"), "3": (["b"], None)}

    def handle(request: httpx.Request) -> httpx.Response:
        items, cursor = pages[request.url.params.get("cursor", "")]
        body = {"items": [{"contact_id": i} for i in items], "next_cursor": cursor}
        return httpx.Response(200, json=body)

    recipients = api_of(handle).recipients("cmp_1")
    assert [recipient["contact_id"] for recipient in recipients] == ["a", "b"]


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        (httpx.Response(409, json={"code": "conflict", "detail": "Taken."}), "conflict", "Taken."),
        (httpx.Response(500, text="<html>oops</html>"), "unknown", "oops"),
    ],
)
def test_errors_keep_their_code_and_text(
    api_of: Callable[[Handler], Api], answer: httpx.Response, code: str, text: str
) -> None:
    """A problem document's code and detail reach the caller; any other body is quoted."""
    with pytest.raises(ApiError, match=text) as caught:
        api_of(lambda _request: answer).get_template("tpl_1")
    assert caught.value.code == code


def test_a_wrong_password_is_not_an_error(api_of: Callable[[Handler], Api]) -> None:
    """sign_in says False to a wrong password, so that the caller may register."""
    api = api_of(lambda _request: httpx.Response(401, json={"code": "unauthenticated"}))
    assert api.sign_in("demo@parley.example", "wrong-password") is False
