"""Calls about business phone numbers and the accounts that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, read_items, text

_LISTED_FIELDS = (
    "id,display_phone_number,verified_name,quality_rating,status,throughput,name_status,"
    "code_verification_status,platform_type,is_on_biz_app,is_official_business_account,"
    "whatsapp_business_manager_messaging_limit"
)
_FIELDS = f"{_LISTED_FIELDS},health_status"
_ACCOUNT_FIELDS = (
    "id,name,currency,timezone_id,country,account_review_status,business_verification_status,"
    "owner_business_info,health_status"
)


@dataclass(frozen=True, slots=True)
class NumberFields:
    """What Meta says of a number, in Meta's own words; None is what it did not say."""

    phone_number_id: str
    display_phone_number: str
    verified_name: str
    quality_rating: str
    throughput_level: str
    status: str
    messaging_limit: str | None
    name_status: str | None
    code_verification_status: str | None
    platform_type: str | None
    is_on_biz_app: bool
    health: Mapping[str, Any] | None

    @property
    def is_registered(self) -> bool:
        """Tell whether the number works on the Cloud API already."""
        return self.status == "CONNECTED" and self.platform_type in {None, "CLOUD_API"}


@dataclass(frozen=True, slots=True)
class AccountDescription:
    """What Meta says of an account (WABA); None is what it did not say."""

    waba_id: str
    name: str
    currency: str | None
    timezone_id: str | None
    country: str | None
    business_id: str | None
    review_status: str | None
    verification_status: str | None
    health: Mapping[str, Any] | None


def number_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's fields."""
    return GraphRequest("GET", node(phone_number_id), params={"fields": _FIELDS})


def read_number(answer: Mapping[str, Any]) -> NumberFields:
    """Return the fields of a number; UNKNOWN for those that Parley needs and Meta does not give."""
    throughput = answer.get("throughput")
    level = throughput.get("level") if isinstance(throughput, Mapping) else None
    health = answer.get("health_status")
    return NumberFields(
        phone_number_id=str(answer.get("id") or ""),
        display_phone_number=str(answer.get("display_phone_number") or ""),
        verified_name=str(answer.get("verified_name") or ""),
        quality_rating=str(answer.get("quality_rating") or "UNKNOWN"),
        throughput_level=str(level or "NOT_APPLICABLE"),
        status=str(answer.get("status") or "UNKNOWN"),
        messaging_limit=text(answer, "whatsapp_business_manager_messaging_limit"),
        name_status=text(answer, "name_status"),
        code_verification_status=text(answer, "code_verification_status"),
        platform_type=text(answer, "platform_type"),
        is_on_biz_app=answer.get("is_on_biz_app") is True,
        health=health if isinstance(health, Mapping) else None,
    )


def account_request(waba_id: str) -> GraphRequest:
    """Return the call for an account's fields."""
    return GraphRequest("GET", node(waba_id), params={"fields": _ACCOUNT_FIELDS})


def read_account(answer: Mapping[str, Any]) -> AccountDescription:
    """Return the fields of an account."""
    owner, health = answer.get("owner_business_info"), answer.get("health_status")
    return AccountDescription(
        waba_id=str(answer.get("id") or ""),
        name=str(answer.get("name") or ""),
        currency=text(answer, "currency"),
        timezone_id=text(answer, "timezone_id"),
        country=text(answer, "country"),
        business_id=text(owner, "id") if isinstance(owner, Mapping) else None,
        review_status=text(answer, "account_review_status"),
        verification_status=text(answer, "business_verification_status"),
        health=health if isinstance(health, Mapping) else None,
    )


def account_numbers_request(waba_id: str, after: str | None = None) -> GraphRequest:
    """Return the call for a page of the numbers that an account holds."""
    params = {"fields": _LISTED_FIELDS, "limit": "100"} | ({"after": after} if after else {})
    return GraphRequest("GET", node(waba_id, "phone_numbers"), params=params)


def subscribe_request(waba_id: str) -> GraphRequest:
    """Return the call that has the account's webhooks sent to the token's app; may be repeated.

    Meta clears an override of the account with it.
    """
    return GraphRequest("POST", node(waba_id, "subscribed_apps"))


def subscriptions_request(waba_id: str) -> GraphRequest:
    """Return the call for the apps that get the account's webhooks."""
    return GraphRequest("GET", node(waba_id, "subscribed_apps"))


def unsubscribe_request(waba_id: str) -> GraphRequest:
    """Return the call that ends the account's webhooks to the token's app; may be repeated."""
    return GraphRequest("DELETE", node(waba_id, "subscribed_apps"))


@dataclass(frozen=True, slots=True)
class Subscription:
    """An app that gets an account's webhooks, and where to if not to its own address."""

    app_id: str
    name: str
    override_callback_uri: str | None


def read_subscriptions(answer: Mapping[str, Any]) -> tuple[Subscription, ...]:
    """Return the apps that are subscribed to an account."""
    found: list[Subscription] = []
    for item in read_items(answer):
        app = item.get("whatsapp_business_api_data")
        if isinstance(app, Mapping):
            found.append(
                Subscription(
                    str(app.get("id") or ""),
                    str(app.get("name") or ""),
                    text(item, "override_callback_uri"),
                )
            )
    return tuple(found)


def override_account_request(waba_id: str, callback: str, verify_token: str) -> GraphRequest:
    """Return the call that sends an account's messages webhooks elsewhere (https, ≤ 200).

    Meta shakes hands with the address at once and refuses one that does not answer; template,
    account and quality fields go to the app's own address all the same.
    """
    body = {"override_callback_uri": callback, "verify_token": verify_token}
    return GraphRequest("POST", node(waba_id, "subscribed_apps"), json=body)


def override_number_request(
    phone_number_id: str, callback: str, verify_token: str = ""
) -> GraphRequest:
    """Return the call that sends a number's messages webhooks elsewhere; "" takes that back."""
    body = {"override_callback_uri": callback, "verify_token": verify_token}
    return GraphRequest("POST", node(phone_number_id), json={"webhook_configuration": body})


def callbacks_request(phone_number_id: str) -> GraphRequest:
    """Return the call for the addresses that a number's webhooks go to."""
    params = {"fields": "webhook_configuration"}
    return GraphRequest("GET", node(phone_number_id), params=params)


def read_callbacks(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the addresses by level: `phone_number` beats `whatsapp_business_account` beats
    `application`.
    """
    found = answer.get("webhook_configuration")
    if not isinstance(found, Mapping):
        return {}
    return {str(level): url for level, url in found.items() if isinstance(url, str) and url}


def is_success(answer: Mapping[str, Any]) -> bool:
    """Tell whether Meta says that it did what it was asked to."""
    return answer.get("success") in {True, "true"}


def read_ids(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids on a page of a list."""
    return tuple(str(item["id"]) for item in read_items(answer) if item.get("id"))
