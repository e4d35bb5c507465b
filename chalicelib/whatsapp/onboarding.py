"""Calls that bring a number to the Cloud API: Embedded Signup, verification, registration.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/overview
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, text

SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")
# What a coexistence number hands over once each, within 24 h of its onboarding.
SYNC_TYPES = ("smb_app_state_sync", "history")
SYNCED_ALREADY = 2593107
SYNC_TOO_LATE = 2593108
PIN_MISMATCH = 133005
NOT_REGISTERED = 133010
VERIFIED_ALREADY = 136024
_PRODUCT = {"messaging_product": "whatsapp"}


@dataclass(frozen=True, slots=True)
class TokenInspection:
    """What Meta says of a token; `accounts` maps a scope to the accounts it reaches, None to all.

    `expires_at` is in seconds, None for never.
    """

    is_valid: bool
    app_id: str
    expires_at: int | None
    accounts: Mapping[str, frozenset[str] | None]

    def missing_scopes(self, waba_id: str) -> tuple[str, ...]:
        """Return the scopes that Parley needs and the token does not have for the account."""
        return tuple(
            scope
            for scope in SCOPES
            if scope not in self.accounts
            or ((reached := self.accounts[scope]) is not None and waba_id not in reached)
        )

    def only_account(self) -> str | None:
        """Return the account that the token reaches, if it is exactly one."""
        reached = self.accounts.get(SCOPES[0])
        return next(iter(reached)) if reached is not None and len(reached) == 1 else None


def exchange_request(app_id: str, app_secret: str, code: str) -> GraphRequest:
    """Return the call that makes a business token of Embedded Signup's code.

    The code works once and for 30 seconds. The call carries no token, and a secret in its query:
    nobody may log it.
    """
    params = {"client_id": app_id, "client_secret": app_secret, "code": code}
    return GraphRequest("GET", node("oauth", "access_token"), params=params)


def read_token(answer: Mapping[str, Any]) -> str | None:
    """Return the business token in the answer of an exchange."""
    return text(answer, "access_token")


def inspect_request(token: str) -> GraphRequest:
    """Return the call that asks what a token is good for; it takes the app's own token."""
    return GraphRequest("GET", node("debug_token"), params={"input_token": token})


def app_token(app_id: str, app_secret: str) -> str:
    """Return the token by which the app speaks for itself."""
    return f"{app_id}|{app_secret}"


def read_inspection(answer: Mapping[str, Any]) -> TokenInspection:
    """Return what an inspection says; a scope without targets reaches every account."""
    found = answer.get("data")
    facts: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    accounts: dict[str, frozenset[str] | None] = {}
    granular = facts.get("granular_scopes")
    for item in granular if isinstance(granular, list) else []:
        if isinstance(item, Mapping) and isinstance(item.get("scope"), str):
            targets = item.get("target_ids")
            accounts[item["scope"]] = (
                frozenset(str(target) for target in targets) if isinstance(targets, list) else None
            )
    expires_at = facts.get("expires_at")
    return TokenInspection(
        is_valid=facts.get("is_valid") is True,
        app_id=str(facts.get("app_id") or ""),
        expires_at=expires_at if isinstance(expires_at, int) and expires_at else None,
        accounts=accounts,
    )


def register_request(phone_number_id: str, pin: str, region: str | None = None) -> GraphRequest:
    """Return the call that registers a number; the PIN is set, or must be the one that is set.

    `region` (e.g. `DE`) has Meta keep the number's data in that country. Ten times in 72 h.
    """
    body = {**_PRODUCT, "pin": pin} | ({"data_localization_region": region} if region else {})
    return GraphRequest("POST", node(phone_number_id, "register"), json=body)


def deregister_request(phone_number_id: str) -> GraphRequest:
    """Return the call that takes a number off the Cloud API; not for coexistence numbers."""
    return GraphRequest("POST", node(phone_number_id, "deregister"))


def pin_request(phone_number_id: str, pin: str) -> GraphRequest:
    """Return the call that changes the PIN of two-step verification."""
    return GraphRequest("POST", node(phone_number_id), json={"pin": pin})


def code_request(phone_number_id: str, method: str, language: str) -> GraphRequest:
    """Return the call that has Meta send a verification code by `SMS` or `VOICE`."""
    body = {"code_method": method, "language": language}
    return GraphRequest("POST", node(phone_number_id, "request_code"), json=body)


def verify_request(phone_number_id: str, code: str) -> GraphRequest:
    """Return the call that shows Meta the verification code."""
    return GraphRequest("POST", node(phone_number_id, "verify_code"), json={"code": code})


def create_request(waba_id: str, country_code: str, phone: str, name: str) -> GraphRequest:
    """Return the call that adds a number to an account; the answer has its `id`."""
    body = {"cc": country_code, "phone_number": phone, "verified_name": name}
    return GraphRequest("POST", node(waba_id, "phone_numbers"), json=body)


def sync_request(phone_number_id: str, sync_type: str) -> GraphRequest:
    """Return the call that has a coexistence number hand over contacts or history, by webhooks.

    `sync_type` is one of SYNC_TYPES. Meta takes each once, within 24 h of the onboarding
    (SYNCED_ALREADY, SYNC_TOO_LATE).
    """
    body = {**_PRODUCT, "sync_type": sync_type}
    return GraphRequest("POST", node(phone_number_id, "smb_app_data"), json=body)


def read_request_id(answer: Mapping[str, Any]) -> str | None:
    """Return the id by which Meta's support finds a sync."""
    return text(answer, "request_id")
