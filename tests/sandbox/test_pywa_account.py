"""What a business sets up, by pywa's own calls: numbers, profile, media, QR codes, shop, flows."""

from pathlib import Path

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.errors import BulkBlockingFailed, FlowDeletingError, FlowUpdatingError, WhatsAppError
from pywa.types.calls import CallingSettings, CallingSettingsStatus
from pywa.types.flows import FlowCategory, FlowStatus
from pywa.types.others import (
    Command,
    StorageConfiguration,
    UserIdentityChangeSettings,
)

from .bench import NUMBER, WABA
from .pywa_steps import PERSON, PNG, wrote

SCREEN = {"id": "A", "terminal": True, "layout": {"type": "SingleColumnLayout", "children": []}}
FLOW = {"version": "7.0", "screens": [SCREEN]}


def test_numbers_profile_and_account(pywa: WhatsApp) -> None:
    """Number, numbers, account and profile are read with the fields that pywa asks for."""
    assert pywa.get_business_phone_number().display_phone_number == "+1 555 010 0001"
    assert [number.id for number in pywa.get_business_phone_numbers()] == [NUMBER]
    assert pywa.get_business_account().id == WABA
    assert pywa.update_business_profile(about="Boots", websites=["https://ex.com"])
    assert pywa.get_business_profile().about == "Boots"
    assert pywa.register_phone_number("123456")
    assert pywa.deregister_phone_number()


def test_settings_automation_and_commerce(pywa: WhatsApp) -> None:
    """What pywa sets it reads back."""
    assert pywa.update_business_phone_number_settings(
        calling=CallingSettings(status=CallingSettingsStatus.ENABLED),
        user_identity_change=UserIdentityChangeSettings(enable_identity_key_check=True),
    )
    settings = pywa.get_business_phone_number_settings()
    assert settings.calling is not None
    assert settings.calling.status is CallingSettingsStatus.ENABLED
    assert settings.user_identity_change is not None
    assert settings.user_identity_change.enable_identity_key_check
    assert isinstance(settings.storage_configuration, StorageConfiguration)
    assert pywa.update_conversational_automation(
        ice_breakers=["Order", "Return"], commands=[Command("track", "Where is my order?")]
    )
    assert pywa.update_commerce_settings(is_catalog_visible=True)
    commerce = pywa.get_commerce_settings()
    assert (commerce.is_catalog_visible, commerce.is_cart_enabled) == (True, True)
    key = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"
    assert pywa.set_business_public_key(key)


def test_media_make_the_round_trip(pywa: WhatsApp, tmp_path: Path) -> None:
    """Upload, ask for the URL, download the same bytes, delete; then it is gone."""
    media = pywa.upload_media(PNG, "image/png", "boots.png")
    found = pywa.get_media_url(media.id)
    assert (found.mime_type, found.file_size) == ("image/png", len(PNG))
    path = pywa.download_media(url=found.url, path=tmp_path, filename="boots.png")
    assert path.read_bytes() == PNG
    assert pywa.get_media_bytes(url=found.url) == PNG
    assert pywa.delete_media(media.id)
    with pytest.raises(WhatsAppError) as gone:
        pywa.get_media_url(media.id)
    assert (gone.value.code, gone.value.subcode) == (100, 33)


def test_qr_codes_are_made_changed_and_removed(pywa: WhatsApp) -> None:
    """A code with a picture; its text changes; it is listed, and then it is not."""
    code = pywa.create_qr_code("Hello", image_type="PNG")
    assert code.deep_link_url.endswith(code.code)
    assert str(code.qr_image_url).endswith(".png")
    assert pywa.update_qr_code(code.code, "Good day").prefilled_message == "Good day"
    found = pywa.get_qr_code(code.code)
    assert found is not None
    assert found.prefilled_message == "Good day"
    assert [item.code for item in pywa.get_qr_codes()] == [code.code]
    assert pywa.delete_qr_code(code.code)
    assert list(pywa.get_qr_codes()) == []


def test_people_are_blocked(pywa: WhatsApp, url: str) -> None:
    """Who wrote is blocked, listed and unblocked; a stranger is pywa's BulkBlockingFailed."""
    wrote(url)
    assert [user.input for user in pywa.block_users([PERSON]).added_users] == [PERSON]
    assert [user.wa_id for user in pywa.get_blocked_users()] == [PERSON]
    assert [user.input for user in pywa.unblock_users([PERSON]).removed_users] == [PERSON]
    with pytest.raises(BulkBlockingFailed):
        pywa.block_users(["15550222222"])


def test_a_username_is_claimed(pywa: WhatsApp) -> None:
    """Set, read, delete, and what is to be had."""
    assert pywa.set_username("boots.shop").username == "boots.shop"
    assert pywa.get_current_username().username == "boots.shop"
    assert "sandbox_business" in pywa.get_reserved_usernames()
    assert pywa.delete_username()


def test_a_flow_lives(pywa: WhatsApp) -> None:
    """Create, read, change, publish, deprecate; what a state forbids is pywa's exception for it."""
    made = pywa.create_flow("book", [FlowCategory.OTHER])
    assert not pywa.update_flow_json(made.id, {"version": "7.0", "screens": []}).success
    assert pywa.update_flow_json(made.id, FLOW).success
    assert pywa.update_flow_metadata(made.id, name="reserve", categories=[FlowCategory.SURVEY])
    found = pywa.get_flow(made.id)
    assert (found.name, found.status) == ("reserve", FlowStatus.DRAFT)
    (asset,) = pywa.get_flow_assets(made.id)
    assert asset.name == "flow.json"
    assert pywa.publish_flow(made.id)
    with pytest.raises(FlowUpdatingError):
        pywa.update_flow_json(made.id, FLOW)
    with pytest.raises(FlowDeletingError):
        pywa.delete_flow(made.id)
    assert pywa.deprecate_flow(made.id)
    other = pywa.create_flow("other", [FlowCategory.OTHER], flow_json=FLOW)
    assert pywa.delete_flow(other.id)


def test_the_token_of_a_signup(pywa: WhatsApp, url: str) -> None:
    """A code of Embedded Signup is exchanged as pywa does it."""
    code = httpx.post(f"{url}/sandbox/signups", json={}).json()["code"]
    token = pywa.api.get_business_access_token(
        client_id=100000000000001, client_secret="sandbox-app-secret", code=code
    )
    assert token["token_type"] == "bearer"
