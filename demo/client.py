"""A small client of Parley's API, as any other program would write one: HTTP and JSON, no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import httpx

from demo.shapes import (
    Campaign,
    Conversation,
    Import,
    ImportRow,
    Number,
    Recipient,
    Report,
    Template,
)

RETRY_S = 30.0
_PAUSE_S = 0.5
_BUSY = frozenset({429, 502, 503, 504})


class ApiError(Exception):
    """Parley refused a request; `code` is its stable name for why, the text says what to do."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({status} {code})")
        self.status = status
        self.code = code


class Unreachable(Exception):
    """Nothing answered for RETRY_S, or a connection broke where a request must not be repeated."""


class Api:
    """Parley's API as one user sees it.

    Waits up to RETRY_S for a server that is being started again. What it may have done is not
    asked for twice: only reading is repeated after a connection has broken. Signs in again when
    the access token has run out. Raises ApiError and Unreachable.
    """

    def __init__(
        self,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=30, transport=transport)
        self._sleep = sleep
        self._login: dict[str, str] = {}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def sign_in(self, email: str, password: str) -> bool:
        """Sign in and stay signed in; return False if e-mail and password do not fit."""
        self._login = {"email": email, "password": password}
        try:
            session = self._send("POST", "/api/auth/login", json=self._login)
        except ApiError as error:
            if error.status == httpx.codes.UNAUTHORIZED:
                return False
            raise
        self._http.headers["Authorization"] = f"Bearer {session['access_token']}"
        return True

    def register(self, business_name: str, name: str, country: str) -> None:
        """Sign a business up with the e-mail and password of the last `sign_in`.

        A mail brings the token for `confirm`.
        """
        body = {"business_name": business_name, "name": name, "country": country, **self._login}
        self._send("POST", "/api/auth/register", json=body)

    def confirm(self, token: str) -> None:
        """Finish a sign-up with the token of its mail, and stay signed in."""
        session = self._send("POST", "/api/auth/register/confirm", json={"token": token})
        self._http.headers["Authorization"] = f"Bearer {session['access_token']}"

    def numbers(self) -> list[Number]:
        """Return the connected numbers."""
        return cast(list[Number], list(self._items("/api/numbers", {})))

    def connect_number(self, phone_number_id: str, waba_id: str, access_token: str) -> Number:
        """Connect a number of a WhatsApp Business Account."""
        body = {
            "phone_number_id": phone_number_id,
            "waba_id": waba_id,
            "access_token": access_token,
        }
        return cast(Number, self._call("POST", "/api/numbers", json=body))

    def start_import(self, csv: bytes) -> Import:
        """Hand over a CSV of contacts, of at most 4 MiB."""
        answer = self._call(
            "POST", "/api/contacts/imports", content=csv, headers={"Content-Type": "text/csv"}
        )
        return cast(Import, answer)

    def get_import(self, import_id: str) -> Import:
        """Return how far an import is."""
        return cast(Import, self._call("GET", f"/api/contacts/imports/{import_id}"))

    def import_rows(self, import_id: str, outcome: str) -> list[ImportRow]:
        """Return the rows of an import that ended as `outcome`."""
        path = f"/api/contacts/imports/{import_id}/rows"
        return cast(list[ImportRow], list(self._items(path, {"outcome": outcome})))

    def templates(self) -> list[Template]:
        """Return the templates."""
        return cast(list[Template], list(self._items("/api/templates", {})))

    def create_template(self, template: Mapping[str, Any]) -> Template:
        """Send a new template to Meta for review."""
        return cast(Template, self._call("POST", "/api/templates", json=template))

    def get_template(self, template_id: str) -> Template:
        """Return a template with its status at Meta."""
        return cast(Template, self._call("GET", f"/api/templates/{template_id}"))

    def create_campaign(self, campaign: Mapping[str, Any]) -> Campaign:
        """Create a draft of a campaign."""
        return cast(Campaign, self._call("POST", "/api/campaigns", json=campaign))

    def get_campaign(self, campaign_id: str) -> Campaign:
        """Return a campaign with its live counts."""
        return cast(Campaign, self._call("GET", f"/api/campaigns/{campaign_id}"))

    def change_campaign(self, campaign_id: str, action: str) -> Campaign:
        """Launch, pause, resume or cancel a campaign."""
        return cast(Campaign, self._call("POST", f"/api/campaigns/{campaign_id}/{action}"))

    def reconcile(self, campaign_id: str) -> Report:
        """Have the ledger recounted from its rows, and return it."""
        return cast(Report, self._call("POST", f"/api/campaigns/{campaign_id}/reconcile"))

    def recipients(self, campaign_id: str) -> list[Recipient]:
        """Return every recipient of a campaign."""
        path = f"/api/campaigns/{campaign_id}/recipients"
        return cast(list[Recipient], list(self._items(path, {})))

    def latest_conversations(self) -> list[Conversation]:
        """Return the first page of the inbox, latest activity first."""
        page = self._call("GET", "/api/conversations", params={"limit": "200"})
        return cast(list[Conversation], page["items"])

    def reply(self, contact_id: str, text: str) -> None:
        """Write to a customer whose window is open."""
        self._call("POST", f"/api/conversations/{contact_id}/messages", json={"text": text})

    def _items(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        query = {"limit": "200", **params}
        while True:
            page = self._call("GET", path, params=query)
            yield from page["items"]
            if not page["next_cursor"]:
                return
            query["cursor"] = page["next_cursor"]

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            return self._send(method, path, **request)
        except ApiError as error:
            # The access token lives for minutes, a campaign may take longer.
            if error.status != httpx.codes.UNAUTHORIZED or not self.sign_in(**self._login):
                raise
        return self._send(method, path, **request)

    def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        end = time.monotonic() + RETRY_S
        while True:
            try:
                answer = self._http.request(method, path, **request)
            except httpx.ConnectError as error:
                trouble: Exception = error
            except httpx.TransportError as error:
                if method != "GET":
                    message = f"the connection broke during {method} {path}: {error!r}"
                    raise Unreachable(message) from error
                trouble = error
            else:
                if answer.status_code not in _BUSY or method != "GET":
                    return _read(answer)
                trouble = _error(answer)
            if time.monotonic() > end:
                message = f"{method} {path} has had no answer for {RETRY_S:g} s: {trouble}"
                raise Unreachable(message) from trouble
            self._sleep(_PAUSE_S)


def _read(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise _error(answer)
    return cast(dict[str, Any], answer.json()) if answer.content else {}


def _error(answer: httpx.Response) -> ApiError:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    detail = problem.get("detail") or answer.text[:200] or answer.reason_phrase
    return ApiError(answer.status_code, str(problem.get("code", "unknown")), str(detail))
