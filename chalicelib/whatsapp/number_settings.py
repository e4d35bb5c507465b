"""Calls about a number's settings: identity check, storage, calling, catalogue, compliance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, read_items, text


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """What can be set on a number; `calling` and `payload_encryption` stand as Meta has them.

    `storage_status` is IN_COUNTRY_STORAGE_ENABLED, NO_STORAGE_ENABLED or Meta's default,
    `storage_region` the country (e.g. `DE`) in which Meta then keeps the number's messages.
    """

    is_identity_check_enabled: bool
    storage_status: str | None
    storage_region: str | None
    calling: Mapping[str, Any] | None
    payload_encryption: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CommerceSettings:
    """Whether customers see the number's catalogue and can put things in a cart."""

    is_catalog_visible: bool
    is_cart_enabled: bool


def settings_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's settings."""
    return GraphRequest("GET", node(phone_number_id, "settings"))


def set_identity_check_request(phone_number_id: str, *, enabled: bool) -> GraphRequest:
    """Return the call that has Meta report, and refuse (137000), changed identities of users."""
    body = {"user_identity_change": {"enable_identity_key_check": enabled}}
    return GraphRequest("POST", node(phone_number_id, "settings"), json=body)


def set_calling_request(phone_number_id: str, calling: Mapping[str, Any]) -> GraphRequest:
    """Return the call that sets what `calling` names, in Meta's own shape."""
    body = {"calling": dict(calling)}
    return GraphRequest("POST", node(phone_number_id, "settings"), json=body)


def set_storage_request(
    phone_number_id: str, status: str, region: str | None = None
) -> GraphRequest:
    """Return the call that sets where Meta keeps the number's messages."""
    storage = {"status": status} | ({"data_localization_region": region} if region else {})
    body = {"storage_configuration": storage}
    return GraphRequest("POST", node(phone_number_id, "settings"), json=body)


def read_settings(answer: Mapping[str, Any]) -> NumberSettings:
    """Return the settings in an answer."""
    identity, storage = answer.get("user_identity_change"), answer.get("storage_configuration")
    calling, encryption = answer.get("calling"), answer.get("payload_encryption")
    return NumberSettings(
        is_identity_check_enabled=isinstance(identity, Mapping)
        and identity.get("enable_identity_key_check") is True,
        storage_status=text(storage, "status") if isinstance(storage, Mapping) else None,
        storage_region=text(storage, "data_localization_region")
        if isinstance(storage, Mapping)
        else None,
        calling=calling if isinstance(calling, Mapping) else None,
        payload_encryption=encryption if isinstance(encryption, Mapping) else None,
    )


def commerce_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's commerce settings."""
    return GraphRequest("GET", node(phone_number_id, "whatsapp_commerce_settings"))


def set_commerce_request(phone_number_id: str, settings: CommerceSettings) -> GraphRequest:
    """Return the call that shows or hides catalogue and cart."""
    body = {
        "is_catalog_visible": settings.is_catalog_visible,
        "is_cart_enabled": settings.is_cart_enabled,
    }
    return GraphRequest("POST", node(phone_number_id, "whatsapp_commerce_settings"), json=body)


def read_commerce(answer: Mapping[str, Any]) -> CommerceSettings:
    """Return the commerce settings in an answer; a number without a catalogue has none."""
    found: Mapping[str, Any] = next(iter(read_items(answer)), {})
    return CommerceSettings(
        found.get("is_catalog_visible") is True, found.get("is_cart_enabled") is True
    )


def compliance_request(phone_number_id: str) -> GraphRequest:
    """Return the call for the legal details that India asks of a business."""
    return GraphRequest("GET", node(phone_number_id, "business_compliance_info"))


def set_compliance_request(phone_number_id: str, details: Mapping[str, Any]) -> GraphRequest:
    """Return the call that gives these details, in Meta's own shape (`entity_name`, …)."""
    body = {"messaging_product": "whatsapp", **details}
    return GraphRequest("POST", node(phone_number_id, "business_compliance_info"), json=body)


def read_compliance(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the legal details in an answer, in Meta's own shape; {} where none are given."""
    return next(iter(read_items(answer)), {})


def encryption_request(phone_number_id: str) -> GraphRequest:
    """Return the call for the public key that encrypts what a number's Flows send."""
    return GraphRequest("GET", node(phone_number_id, "whatsapp_business_encryption"))


def set_encryption_request(phone_number_id: str, public_key: str) -> GraphRequest:
    """Return the call that sets the public key (2048-bit RSA, PEM) of a number's Flows."""
    path = node(phone_number_id, "whatsapp_business_encryption")
    return GraphRequest("POST", path, json={"business_public_key": public_key})
