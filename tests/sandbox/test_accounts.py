"""Everything but messages and templates: numbers, subscriptions, media, tokens, profile."""

import base64
import hashlib
import hmac

import pytest

from .bench import APP, FIXTURE, NUMBER, WABA, bench

pytestmark = pytest.mark.anyio

APP_TOKEN = {"Authorization": f"Bearer {APP}|{FIXTURE.app_secret}"}
UPLOAD = {"messaging_product": "whatsapp", "type": "image/png"}
PNG = {"file": ("a.png", b"\x89PNG", "image/png")}


async def test_a_numbers_fields() -> None:
    """The default fields, chosen ones, and the error for one that does not exist."""
    async with bench() as b:
        shown = (await b.graph.get(f"/v26.0/{NUMBER}")).json()
        assert shown["display_phone_number"] == "+1 555 010 0001"
        assert shown["throughput"] == {"level": "STANDARD"}
        asked = {"fields": "id,quality_rating,whatsapp_business_manager_messaging_limit"}
        assert (await b.graph.get(f"/{NUMBER}", params=asked)).json() == {
            "id": NUMBER,
            "quality_rating": "GREEN",
            "whatsapp_business_manager_messaging_limit": "TIER_UNLIMITED",
        }
        bad = await b.graph.get(f"/{NUMBER}", params={"fields": "shoe_size"})
        assert "nonexisting field (shoe_size)" in bad.json()["error"]["message"]
        listed = (await b.graph.get(f"/{WABA}/phone_numbers")).json()["data"]
        assert [item["id"] for item in listed] == [NUMBER]
        asked = {"fields": "name,currency,timezone_id,health_status"}
        waba = (await b.graph.get(f"/{WABA}", params=asked)).json()
        assert waba["health_status"]["can_send_message"] == "AVAILABLE"


async def test_the_profile_keeps_what_it_is_told() -> None:
    """A profile is read back as written, with its limits."""
    async with bench() as b:
        path = f"/{NUMBER}/whatsapp_business_profile"
        body = {"messaging_product": "whatsapp", "about": "Boots", "websites": ["https://ex.com"]}
        assert (await b.graph.post(path, json=body)).json() == {"success": True}
        assert (await b.graph.get(path, params={"fields": "about"})).json() == {
            "data": [{"about": "Boots", "messaging_product": "whatsapp"}]
        }
        for bad in ({"about": "x" * 140}, {"websites": ["https://a.b"] * 3}):
            assert (await b.graph.post(path, json={**body, **bad})).status_code == 400


async def test_the_apps_subscription() -> None:
    """Only the app's own token sets it; it is listed, and gone after DELETE; forms work too."""
    async with bench() as b:
        path = f"/v26.0/{APP}/subscriptions"
        form = {
            "object": "whatsapp_business_account",
            "callback_url": "http://receiver.test/hook",
            "verify_token": "vt",
            "fields": "messages",
        }
        assert (await b.graph.post(path, data=form)).status_code == 403
        assert (await b.graph.post(path, data=form, headers=APP_TOKEN)).json() == {"success": True}
        (item,) = (await b.graph.get(path, headers=APP_TOKEN)).json()["data"]
        assert item["fields"] == [{"name": "messages", "version": "v26.0"}]
        for bad in ({"fields": "nonsense"}, {"object": "page"}, {"verify_token": "wrong"}):
            answer = await b.graph.post(path, json={**form, **bad}, headers=APP_TOKEN)
            assert answer.status_code == 400
        await b.graph.delete(path, headers=APP_TOKEN)
        assert (await b.graph.get(path, headers=APP_TOKEN)).json() == {"data": []}


async def test_media_lives_behind_a_url_and_a_token() -> None:
    """Upload, facts, download with the token, five minutes, delete."""
    async with bench() as b:
        media_id = (await b.graph.post(f"/{NUMBER}/media", data=UPLOAD, files=PNG)).json()["id"]
        facts = (await b.graph.get(f"/v26.0/{media_id}")).json()
        assert facts["sha256"] == hashlib.sha256(b"\x89PNG").hexdigest()
        assert (facts["file_size"], facts["mime_type"]) == (4, "image/png")
        good = await b.graph.get(facts["url"])
        assert (good.content, good.headers["content-type"]) == (b"\x89PNG", "image/png")
        assert (await b.graph.get(facts["url"], headers={"Authorization": ""})).status_code == 401
        assert (await b.graph.get(facts["url"][:-1] + "x")).status_code == 404
        await b.clock.advance(301)
        assert (await b.graph.get(facts["url"])).status_code == 404
        wrong = await b.graph.get(f"/{media_id}", params={"phone_number_id": "1"})
        assert wrong.json()["error"]["error_subcode"] == 33
        assert (await b.graph.delete(f"/{media_id}")).json() == {"success": True}
        assert (await b.graph.get(f"/{media_id}")).status_code == 400


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("image/png", 5 * 1024 * 1024 + 1),
        ("image/gif", 10),
        ("image/png", 0),
        ("image/webp", 512_001),
    ],
)
async def test_media_outside_the_limits_is_refused(kind: str, size: int) -> None:
    """A type that Meta does not take, an empty file and one too large are error 100."""
    async with bench() as b:
        files = {"file": ("a", b"x" * size, kind)}
        answer = await b.graph.post(f"/{NUMBER}/media", data={**UPLOAD, "type": kind}, files=files)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
        answer = await b.graph.post(f"/{NUMBER}/media", data=UPLOAD)
        assert "file" in answer.json()["error"]["message"]


async def test_a_sample_is_uploaded_in_pieces() -> None:
    """A resumable upload tells how far it is and ends with a handle for a template's example."""
    async with bench() as b:
        asked = {"file_length": "6", "file_type": "image/png", "file_name": "a.png"}
        upload = (await b.graph.post(f"/{APP}/uploads", params=asked)).json()["id"]
        headers = {"Authorization": f"OAuth {FIXTURE.access_token}", "file_offset": "0"}
        first = await b.graph.post(f"/v26.0/{upload}", content=b"abc", headers=headers)
        assert first.json()["file_offset"] == 3
        again = await b.graph.post(f"/v26.0/{upload}", content=b"abc", headers=headers)
        assert again.json()["error"]["code"] == 131009
        assert (await b.graph.get(f"/{upload}")).json()["file_offset"] == 3
        headers["file_offset"] = "3"
        last = await b.graph.post(f"/v26.0/{upload}", content=b"def", headers=headers)
        assert last.json()["h"].startswith("4::aW1hZ2UvcG5n:")


async def test_a_signup_code_is_exchanged_once() -> None:
    """The code gives the token of the new account, once and within 30 seconds."""
    async with bench() as b:
        query = {"client_id": APP, "client_secret": FIXTURE.app_secret}
        made = (await b.graph.post("/sandbox/signups", json={"verified_name": "Ana's"})).json()
        path = "/v26.0/oauth/access_token"
        wrong = await b.graph.get(path, params={**query, "client_secret": "x", "code": "y"})
        assert wrong.status_code == 400
        got = (await b.graph.get(path, params={**query, "code": made["code"]})).json()
        assert got["token_type"] == "bearer"
        again = await b.graph.get(path, params={**query, "code": made["code"]})
        assert again.status_code == 400
        asked = {"input_token": got["access_token"]}
        about = (await b.graph.get("/debug_token", params=asked, headers=APP_TOKEN)).json()["data"]
        assert about["is_valid"]
        assert about["granular_scopes"][0]["target_ids"] == [made["waba_id"]]
        late = (await b.graph.post("/sandbox/signups", json={})).json()
        await b.clock.advance(31)
        expired = await b.graph.get(path, params={**query, "code": late["code"]})
        assert "expired" in expired.json()["error"]["message"]
        unknown = await b.graph.get("/debug_token", params={"input_token": "x"}, headers=APP_TOKEN)
        assert unknown.json()["data"]["is_valid"] is False


async def test_the_app_secret_proof_is_checked_if_given() -> None:
    """A right proof passes, a wrong one is refused, none is not asked for."""
    async with bench() as b:
        token, secret = FIXTURE.access_token, FIXTURE.app_secret
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        assert (await b.graph.get(f"/{WABA}", params={"appsecret_proof": proof})).status_code == 200
        assert (await b.graph.get(f"/{WABA}", params={"appsecret_proof": "0"})).status_code == 400
        asked = {"access_token": token}
        bare = await b.graph.get(f"/{WABA}", params=asked, headers={"Authorization": ""})
        assert bare.status_code == 200


async def test_a_picture_is_shown_on_the_phone() -> None:
    """An image that was sent can be fetched by the page, and cannot run there."""
    async with bench() as b:
        media_id = (await b.graph.post(f"/{NUMBER}/media", data=UPLOAD, files=PNG)).json()["id"]
        assert base64.b64decode(b.simulation.world.media[media_id].content) == b"\x89PNG"
        await b.send(type="image", image={"id": media_id, "caption": "Look"})
        page = await b.graph.get("/phones/15550111111")
        assert f'src="/phones/15550111111/media/{media_id}"' in page.text
        picture = await b.graph.get(f"/phones/15550111111/media/{media_id}")
        assert (picture.content, picture.headers["content-security-policy"]) == (
            b"\x89PNG",
            "sandbox",
        )
