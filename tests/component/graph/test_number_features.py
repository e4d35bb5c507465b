"""Profile, block list, automation, QR codes, username and settings, over moto and the sandbox."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.schemas.number_features import Vertical
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.numbers import Numbers
from chalicelib.whatsapp import profile
from tests.component.api_client import Answer, ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.media_files import jpeg
from tests.component.graph.server import GraphServer
from tests.component.graph.test_media_library import upload

NOBODY = f"con_{'0' * 26}"


class Feature:
    """Calls about one number."""

    def __init__(self, api: ApiClient, number_id: str) -> None:
        self._api, self._path = api, f"/api/numbers/{number_id}"

    def __call__(self, method: str, path: str, **options: Any) -> Answer:
        """Make one call under the number's path."""
        return self._api.request(method, f"{self._path}/{path}", **options)


@pytest.fixture
def number(graph: GraphServer, api: ApiClient, number_id: str) -> Feature:
    """Give a connected number's calls."""
    return Feature(api, number_id)


def test_profile(number: Feature) -> None:
    """What is changed is changed, what is left out stands, "" takes away; Meta has the whole."""
    empty = number("GET", "profile").body
    assert (empty["about"], empty["websites"], empty["picture_url"]) == ("", [], None)
    changes = {
        "about": "Hats since 1904",
        "address": "Main Street 1",
        "description": "Hats of felt and straw",
        "email": "hello@acme.example",
        "websites": ["https://acme.example", "https://shop.acme.example"],
        "vertical": "RETAIL",
        "profile_picture_handle": "4::aW1hZ2UvanBlZw==:ARb",
    }
    changed = number("PATCH", "profile", json=changes).body
    assert (changed["about"], changed["vertical"]) == ("Hats since 1904", "RETAIL")
    assert changed["websites"] == changes["websites"]
    assert (changed["address"], changed["email"]) == ("Main Street 1", "hello@acme.example")
    assert changed["description"] == "Hats of felt and straw"
    assert changed["picture_url"].startswith("https://")
    assert number("PATCH", "profile", json={"email": ""}).body["email"] == ""
    assert number("GET", "profile").body["about"] == "Hats since 1904"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"about": ""},
        {"about": "x" * 140},
        {"description": "x" * 513},
        {"email": "nobody"},
        {"websites": ["acme.example"]},
        {"websites": ["https://a.example", "https://b.example", "https://c.example"]},
        {"vertical": "HATS"},
    ],
)
def test_profile_that_meta_would_refuse(number: Feature, change: dict[str, Any]) -> None:
    """Limits are told before Meta is asked, by the field's name."""
    answer = number("PATCH", "profile", json=change)
    assert (answer.status, answer.body["code"]) == (422, "validation_failed")
    assert answer.body["errors"][0]["field"].startswith(next(iter(change), "body"))


def test_picture_that_is_none(number: Feature) -> None:
    """What only Meta can judge comes back in Meta's words."""
    answer = number("PATCH", "profile", json={"profile_picture_handle": "nonsense"})
    assert answer.status == 422
    assert "profile_picture_handle" in answer.body["detail"]


def test_picture_of_the_library(graph: GraphServer, number: Feature, api: ApiClient) -> None:
    """A file that the app took into the library becomes the picture; giving two is a mistake."""
    graph.simulation.world.app.id = "100200300400500"  # the app of the tests' platform secret
    media_id = upload(api, "image", "image/jpeg", jpeg()).body["id"]
    changed = number("PATCH", "profile", json={"picture_media_id": media_id})
    assert changed.status == 200, changed.text
    assert changed.body["picture_url"].startswith("https://")
    twice = {"picture_media_id": media_id, "profile_picture_handle": "4::a"}
    assert number("PATCH", "profile", json=twice).status == 422
    missing = number("PATCH", "profile", json={"picture_media_id": f"med_{'0' * 26}"})
    assert missing.status == 404


def test_verticals_are_metas() -> None:
    """The API's list of industries is the client's."""
    assert get_args(Vertical) == profile.VERTICALS


def test_block_list(
    graph: GraphServer, number: Feature, ctx: TenantContext, clock: SettableClock
) -> None:
    """Who wrote is blocked, who did not is told why; unblocked they are gone from the list."""
    wrote, silent = "15550111111", "15550122222"
    graph.http.post(
        f"/sandbox/contacts/{wrote}/messages",
        json={"phone_number_id": graph.fixture.phone_number_id, "text": "Rude words"},
    ).raise_for_status()
    ids = [
        Contacts(ctx).create(ContactDraft(phone=f"+{one}"), clock.now_ms()).id
        for one in (wrote, silent)
    ]
    answer = number("POST", "block", json={"contact_ids": [*ids, ids[0]]})
    assert answer.status == 200, answer.text
    first, second = answer.body["items"]
    assert first == {"contact_id": ids[0], "is_done": True, "error": None}
    assert (second["contact_id"], second["is_done"]) == (ids[1], False)
    assert "24 hours" in second["error"]
    listed = number("GET", "blocked").body
    assert [one["phone"] for one in listed["items"]] == [f"+{wrote}"]
    done = number("POST", "unblock", json={"contact_ids": ids[:1]})
    assert done.body["items"] == [{"contact_id": ids[0], "is_done": True, "error": None}]
    assert number("GET", "blocked").body["items"] == []


def test_person_who_hides_the_phone_is_blocked(
    graph: GraphServer, number: Feature, ctx: TenantContext, clock: SettableClock
) -> None:
    """Somebody of whom only the user id is known is blocked by it."""
    wrote = "15550111111"
    graph.http.post(
        f"/sandbox/contacts/{wrote}/messages",
        json={"phone_number_id": graph.fixture.phone_number_id, "text": "Rude words"},
    ).raise_for_status()
    user_id = graph.simulation.world.user_id_for(graph.fixture.phone_number_id, wrote)
    contact = Contacts(ctx).create(ContactDraft(bsuid=user_id), clock.now_ms())
    answer = number("POST", "block", json={"contact_ids": [contact.id]})
    assert [one["is_done"] for one in answer.body["items"]] == [True]
    (blocked,) = number("GET", "blocked").body["items"]
    assert (blocked["phone"], blocked["user_id"]) == (None, user_id)


def test_contact_that_is_none(number: Feature) -> None:
    """An unknown contact is an error of its field; Meta is not asked."""
    answer = number("POST", "block", json={"contact_ids": [NOBODY]})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "contact_ids")
    assert number("POST", "block", json={"contact_ids": []}).status == 422


def test_automation(number: Feature) -> None:
    """Ice breakers and commands are set as a whole and read again."""
    empty = {"enable_welcome_message": False, "prompts": [], "commands": []}
    assert number("GET", "automation").body == empty
    wanted = {
        "enable_welcome_message": True,
        "prompts": ["Where is my order?", "Opening hours"],
        "commands": [{"command_name": "help", "command_description": "Talk to a person"}],
    }
    assert number("PUT", "automation", json=wanted).body == wanted
    assert number("GET", "automation").body == wanted
    assert number("PUT", "automation", json={}).body == empty
    assert number("GET", "automation").body == empty


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompts": ["a", "b", "c", "d", "e"]},
        {"prompts": ["x" * 81]},
        {"commands": [{"command_name": "/help", "command_description": "x"}]},
        {"commands": [{"command_name": "a", "command_description": "x"}] * 2},
    ],
)
def test_automation_that_meta_would_refuse(number: Feature, wrong: dict[str, Any]) -> None:
    """Too many, too long, or twice the same is refused with the field's name."""
    answer = number("PUT", "automation", json=wrong)
    assert answer.status == 422
    assert answer.body["errors"][0]["field"].split(".")[0] == next(iter(wrong))


def test_qr_codes(number: Feature) -> None:
    """Make, list page by page, change the text, delete; a code that is none is told."""
    made = [
        number("POST", "qr-codes", json={"prefilled_message": f"Table {n}", "image_format": "PNG"})
        for n in range(3)
    ]
    assert [one.status for one in made] == [201] * 3
    assert made[0].body["image_url"].endswith(".png")
    assert made[0].body["deep_link_url"].startswith("https://wa.me/message/")
    first = number("GET", "qr-codes", params={"limit": 2}).body
    second = number("GET", "qr-codes", params={"limit": 2, "cursor": first["next_cursor"]}).body
    assert [one["prefilled_message"] for one in first["items"] + second["items"]] == [
        "Table 0",
        "Table 1",
        "Table 2",
    ]
    assert second["next_cursor"] is None
    code = made[0].body["code"]
    changed = number("PATCH", f"qr-codes/{code}", json={"prefilled_message": "Terrace"})
    assert (changed.body["code"], changed.body["prefilled_message"]) == (code, "Terrace")
    assert number("DELETE", f"qr-codes/{code}").status == 204
    assert number("DELETE", f"qr-codes/{code}").status >= 400
    assert len(number("GET", "qr-codes").body["items"]) == 2
    assert number("POST", "qr-codes", json={"prefilled_message": "x" * 141}).status == 422


def test_username(graph: GraphServer, number: Feature, ctx: TenantContext, number_id: str) -> None:
    """Take, show in the list of numbers, give up; a name that is taken is an error of the field."""
    free = number("GET", "username").body
    assert (free["username"], free["status"]) == (None, None)
    assert free["suggestions"]
    taken = number("PUT", "username", json={"username": "@Acme.Hats"}).body
    assert (taken["username"], taken["status"]) == ("acme.hats", "approved")
    assert Numbers(ctx).get(number_id).username == "acme.hats"
    other = graph.http.post("/sandbox/numbers", json={}).json()["phone_number_id"]
    graph.simulation.world.assets_of(other).username = "elsewhere"
    refused = number("PUT", "username", json={"username": "elsewhere"})
    assert (refused.status, refused.body["code"]) == (422, "whatsapp_147001")
    assert refused.body["errors"][0]["field"] == "username"
    assert number("PUT", "username", json={"username": "a!"}).status == 422
    assert number("GET", "username").body["username"] == "acme.hats"
    assert number("DELETE", "username").status == 204
    assert number("GET", "username").body["username"] is None
    assert Numbers(ctx).get(number_id).username is None


def test_settings(number: Feature) -> None:
    """Each setting is changed by itself, the others stand; calling is passed on in Meta's shape."""
    before = number("GET", "settings").body
    assert before["is_identity_check_enabled"] is False
    assert (before["is_cart_enabled"], before["is_catalog_visible"]) == (True, False)
    changed = number(
        "PATCH",
        "settings",
        json={
            "is_identity_check_enabled": True,
            "is_catalog_visible": True,
            "calling": {"status": "ENABLED"},
        },
    ).body
    assert changed["is_identity_check_enabled"] is True
    assert (changed["is_cart_enabled"], changed["is_catalog_visible"]) == (True, True)
    assert changed["calling"] == {"status": "ENABLED"}
    refused = number("PATCH", "settings", json={"calling": {"status": "LOUD"}})
    assert refused.status == 422
    assert "calling" in refused.body["detail"]
    assert number("PATCH", "settings", json={}).status == 422


def test_viewer_looks_and_changes_nothing(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """Reading needs numbers:read, changing numbers:write."""
    viewer = TenantContext(ctx.tenant_id, ctx.user_id, "viewer", "req_test")
    calls = Feature(api.acting_as(viewer), number_id)
    assert calls("GET", "profile").status == 200
    assert calls("PATCH", "profile", json={"about": "Hi"}).status == 403
    assert calls("DELETE", "username").status == 403
