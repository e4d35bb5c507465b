"""Answers of Meta about tokens, numbers, health and block lists, whatever is in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.whatsapp import (
    automation,
    block_list,
    health_status,
    number_settings,
    numbers,
    onboarding,
    profile,
    qr_codes,
    usernames,
)
from chalicelib.whatsapp.errors import Refused, error_from_body

MANAGEMENT, MESSAGING = onboarding.SCOPES


def inspected(**scopes: list[str] | None) -> onboarding.TokenInspection:
    """Return an inspection of a token with these scopes; None is a scope without targets."""
    granular = [
        {"scope": scope} | ({} if targets is None else {"target_ids": targets})
        for scope, targets in scopes.items()
    ]
    answer = {"app_id": "1", "is_valid": True, "expires_at": 0, "granular_scopes": granular}
    return onboarding.read_inspection({"data": answer})


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        ({MANAGEMENT: ["5"], MESSAGING: ["5"]}, ()),
        ({MANAGEMENT: None, MESSAGING: None}, ()),
        ({MANAGEMENT: ["5"]}, (MESSAGING,)),
        ({MANAGEMENT: ["5"], MESSAGING: ["6"]}, (MESSAGING,)),
        ({}, (MANAGEMENT, MESSAGING)),
    ],
)
def test_scopes_that_a_token_lacks(
    scopes: dict[str, list[str] | None], missing: tuple[str, ...]
) -> None:
    """A scope must be there and reach the account; one without targets reaches all."""
    assert inspected(**scopes).missing_scopes("5") == missing


def test_only_account() -> None:
    """The account is known where the token reaches exactly one."""
    assert inspected(**{MANAGEMENT: ["5"]}).only_account() == "5"
    assert inspected(**{MANAGEMENT: ["5", "6"]}).only_account() is None
    assert inspected(**{MANAGEMENT: None}).only_account() is None
    assert inspected().only_account() is None


def test_exchange_carries_no_token_in_its_path() -> None:
    """What is logged of a call is its path: neither secret nor code is in it."""
    request = onboarding.exchange_request("1", "secret", "AQcode")
    assert request.path == "/oauth/access_token"
    assert request.params == {"client_id": "1", "client_secret": "secret", "code": "AQcode"}


def test_registration_may_name_a_country() -> None:
    """A number can be registered with the country in which Meta keeps what it holds."""
    plain = {"messaging_product": "whatsapp", "pin": "123456"}
    assert onboarding.register_request("3001", "123456").json == plain
    local = onboarding.register_request("3001", "123456", "DE").json
    assert local == plain | {"data_localization_region": "DE"}


def test_partial_failure_of_blocking() -> None:
    """The body of error 139100 says who was blocked and who was not, and the error keeps it."""
    body = {
        "messaging_product": "whatsapp",
        "block_users": {
            "added_users": [{"input": "+15550111111", "wa_id": "15550111111"}],
            "failed_users": [
                {
                    "input": "+15550122222",
                    "errors": [{"message": "no", "error_data": {"details": "Not in 24 hours."}}],
                },
                {"input": "+15550133333"},
            ],
        },
        "error": {"message": "(#139100) Failed to block some users", "code": 139100},
    }
    error = error_from_body(400, body)
    assert isinstance(error, Refused)
    assert error.code == block_list.PARTIAL_FAILURE
    assert error.answer is not None
    found = {one.input: one.error for one in block_list.read_outcomes(error.answer)}
    assert found == {
        "+15550111111": None,
        "+15550122222": "Not in 24 hours.",
        "+15550133333": "WhatsApp gave no reason.",
    }


def test_health_in_metas_words() -> None:
    """The worst of all, each entity, its errors and what to do; no health is None."""
    answer = {
        "can_send_message": "LIMITED",
        "entities": [
            {
                "entity_type": "PHONE_NUMBER",
                "id": "3001",
                "can_send_message": "LIMITED",
                "additional_info": ["Name not approved."],
            },
            {
                "entity_type": "WABA",
                "id": "2001",
                "can_send_message": "BLOCKED",
                "errors": [
                    {
                        "error_code": 141006,
                        "error_description": "Payment.",
                        "possible_solution": "Pay.",
                    }
                ],
            },
        ],
    }
    found = health_status.read_health(answer)
    assert found is not None
    assert found.can_send_message == "LIMITED"
    assert found.entities[0].additional_info == ("Name not approved.",)
    assert found.entities[1].errors == (health_status.HealthError(141006, "Payment.", "Pay."),)
    assert health_status.read_health(None) is None


def test_number_of_the_app_and_registered_one() -> None:
    """CONNECTED on the Cloud API is registered; the same on premises is not."""
    answer = {"id": "1", "status": "CONNECTED", "platform_type": "CLOUD_API"}
    assert numbers.read_number(answer).is_registered
    assert not numbers.read_number(answer | {"platform_type": "ON_PREMISE"}).is_registered
    assert not numbers.read_number(answer | {"status": "PENDING"}).is_registered
    assert numbers.read_number(answer | {"is_on_biz_app": True}).is_on_biz_app


def test_subscriptions_and_callbacks() -> None:
    """Apps with their overrides, and addresses by level."""
    app = {"id": "9", "name": "Parley", "link": "https://example.com"}
    answer = {
        "data": [
            {"whatsapp_business_api_data": app, "override_callback_uri": "https://a.example"},
            {"whatsapp_business_api_data": app},
        ]
    }
    assert [one.override_callback_uri for one in numbers.read_subscriptions(answer)] == [
        "https://a.example",
        None,
    ]
    configuration = {"phone_number": "https://b.example", "application": "https://c.example"}
    assert numbers.read_callbacks({"webhook_configuration": configuration}) == configuration
    request = numbers.override_number_request("3001", "")
    assert request.json == {
        "webhook_configuration": {"override_callback_uri": "", "verify_token": ""}
    }


def test_names_with_an_at_sign() -> None:
    """Usernames come with or without the sign; suggestions in lists or one by one."""
    assert usernames.read_username({"username": "@acme", "status": "APPROVED"}) == (
        usernames.Username("acme", "approved")
    )
    listed = {"data": [{"username_suggestions": ["@acme", "acme_shop"]}, {"username": "acme.ltd"}]}
    assert usernames.read_suggestions(listed) == ("acme", "acme_shop", "acme.ltd")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("data", "health_status", "entities", "errors", "id", "status", "throughput"),
                    *("granular_scopes", "target_ids", "scope", "block_users", "failed_users"),
                    *("added_users", "conversational_automation", "commands", "prompts", "code"),
                    *("websites", "username", "username_suggestions", "owner_business_info"),
                    *("webhook_configuration", "whatsapp_business_api_data", "calling"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=3) | JSON)
def test_answers_of_any_shape_are_read(answer: Any) -> None:
    """Whatever Meta answers, reading it raises nothing, and gives what JSON can carry."""
    if not isinstance(answer, dict):
        return
    readers = (
        numbers.read_number,
        numbers.read_account,
        numbers.read_subscriptions,
        numbers.read_callbacks,
        onboarding.read_inspection,
        onboarding.read_token,
        block_list.read_list,
        block_list.read_outcomes,
        health_status.read_health,
        profile.read_profile,
        qr_codes.read_qr_codes,
        usernames.read_username,
        usernames.read_suggestions,
        automation.read_automation,
        number_settings.read_settings,
        number_settings.read_commerce,
        number_settings.read_compliance,
    )
    for read in readers:
        json.dumps(read(answer), default=str)
