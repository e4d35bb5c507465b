"""People who sign up and sign in over the API, for tests about accounts."""

from __future__ import annotations

from typing import Any

from tests.component.api_client import Answer, ApiClient
from tests.component.mailbox import mails

PASSWORD = "correct horse battery"
EMAIL = "ada@bakery.example"
COOKIE = "parley_refresh"


class Member:
    """A browser of one user: holds the access token and the cookie of its session."""

    def __init__(self, client: ApiClient, answer: Answer) -> None:
        assert answer.status in {200, 201}, answer.body
        self._client = client.acting_as(None)
        self.body = answer.body
        self.cookie = answer.cookie(COOKIE)

    @property
    def id(self) -> str:
        """Return the user's id."""
        return str(self.body["user"]["id"])

    def call(self, method: str, path: str, **options: Any) -> Answer:
        """Call a route as this user."""
        headers = {
            "Authorization": f"Bearer {self.body['access_token']}",
            "Cookie": f"{COOKIE}={self.cookie}",
            **options.pop("headers", {}),
        }
        return self._client.request(method, path, headers=headers, **options)

    def refresh(self) -> int:
        """Refresh the session; return the status, 204 when it is over."""
        answer = self.call("POST", "/api/auth/refresh")
        if answer.status == 200:
            self.body, self.cookie = answer.body, answer.cookie(COOKIE)
        return answer.status


def register(client: ApiClient, body: dict[str, Any]) -> Answer:
    """Sign a business up and follow the link in the mail; return the last answer."""
    nobody = client.acting_as(None)
    asked = nobody.post("/api/auth/register", json=body)
    assert asked.status == 202, asked.body
    token = mails(asked.body["email"])[-1].token
    return nobody.post("/api/auth/register/confirm", json={"token": token})


def sign_up(client: ApiClient, email: str = EMAIL) -> Member:
    """Register a business; return its owner."""
    body = {"business_name": "Bakery", "name": "Ada", "email": email, "password": PASSWORD}
    return Member(client, register(client, body))


def sign_in(
    client: ApiClient, email: str = EMAIL, password: str = PASSWORD, **options: Any
) -> Answer:
    """Try to sign in."""
    body = {"email": email, "password": password, **options.pop("body", {})}
    return client.acting_as(None).post("/api/auth/login", json=body, **options)


def joined(owner: Member, client: ApiClient, email: str, role: str) -> Member:
    """Invite somebody and have them join."""
    invited = owner.call("POST", "/api/users", json={"email": email, "role": role})
    assert invited.status == 201, invited.body
    token = mails(email)[-1].token
    body = {"token": token, "name": email.partition("@")[0], "password": PASSWORD}
    return Member(client, client.acting_as(None).post("/api/auth/join", json=body))
