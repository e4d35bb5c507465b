"""Scenarios: every webhook that Meta documents can be made to come, in exactly Meta's shape."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from .bench import NUMBER, PAYLOADS, START, WABA, Bench, Json, bench, body_component

pytestmark = pytest.mark.anyio

PERSON = "15550111111"


async def listening(b: Bench) -> None:
    """Subscribe to every field."""
    await b.subscribe()
    b.simulation.world.app.fields = []


async def post(b: Bench, path: str, **body: Any) -> httpx.Response:
    """Ask the control API for something that it can do."""
    answer = await b.graph.post(f"/sandbox{path}", json=body)
    assert answer.status_code == 200, answer.text
    await b.clock.advance(0.5)
    return answer


def shape(value: object) -> object:
    """Return the names and types of a JSON value: what a parser sees of it."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def sample(name: str) -> Json:
    """Return one of Meta's sample deliveries."""
    return dict(json.loads((PAYLOADS / f"{name}.json").read_text()))


TEMPLATE_SAMPLES: list[tuple[str, str, Json]] = [
    ("template_status_approved", "review", {"decision": "APPROVED"}),
    (
        "template_status_rejected_with_rejection_info",
        "review",
        {"decision": "REJECTED", "reason": "INVALID_FORMAT", "rejection_reason": "Why."},
    ),
    (
        "template_status_rejected_incorrect_category",
        "review",
        {"decision": "REJECTED", "reason": "INCORRECT_CATEGORY"},
    ),
    ("template_status_paused_first", "review", {"decision": "PAUSED"}),
    ("template_category_update_impending", "category", {"category": "UTILITY", "notice_s": 60}),
    (
        "template_components_update",
        "components",
        {
            "components": [
                {"type": "HEADER", "format": "TEXT", "text": "Winter"},
                body_component("Hi {{1}}, new prices today.", "Ana"),
                {"type": "FOOTER", "text": "Reply STOP to opt out"},
                {
                    "type": "BUTTONS",
                    "buttons": [
                        {"type": "URL", "text": "Shop", "url": "https://example.com/"},
                        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"},
                    ],
                },
            ]
        },
    ),
]
ACCOUNT_SAMPLES: list[tuple[str, Json]] = [
    ("account_review_update_approved", {"event": "REVIEW", "decision": "APPROVED"}),
    ("account_update_account_deleted", {"event": "ACCOUNT_DELETED"}),
    ("account_update_violation", {"event": "ACCOUNT_VIOLATION"}),
    ("account_update_reinstated", {"event": "DISABLED_UPDATE", "waba_ban_state": "REINSTATE"}),
    (
        "account_update_restriction_utility_templates",
        {"event": "ACCOUNT_RESTRICTION", "restriction_type": "RESTRICTED_UTILITY_TEMPLATES"},
    ),
    (
        "account_update_auth_international_eligibility",
        {
            "event": "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
            "exception_countries": [{"country_code": "IN", "start_time": 1794786400}],
        },
    ),
    (
        "account_update_partner_app_uninstalled",
        {
            "event": "PARTNER_APP_UNINSTALLED",
            "value": {
                "waba_info": {"waba_id": "1", "owner_business_id": "2", "partner_app_id": "3"}
            },
        },
    ),
    (
        "account_update_volume_tier",
        {
            "event": "VOLUME_BASED_PRICING_TIER_UPDATE",
            "value": {
                "volume_tier_info": {
                    "tier_update_time": 1,
                    "pricing_category": "UTILITY",
                    "tier": "1:2",
                    "effective_month": "2026-11",
                    "region": "India",
                }
            },
        },
    ),
]
NUMBER_SAMPLES: list[tuple[str, Json]] = [
    ("phone_number_name_update_approved", {"event": "NAME", "decision": "APPROVED"}),
    ("phone_number_name_update_rejected", {"event": "NAME", "decision": "REJECTED"}),
    ("smb_message_echoes_text", {"event": "ECHO", "wa_id": PERSON, "text": "Hi"}),
    ("smb_app_state_sync_add_and_remove", {"event": "CONTACT", "wa_id": PERSON}),
    ("history_threads_chunk", {"event": "HISTORY", "wa_ids": [PERSON]}),
    ("history_declined_2593109", {"event": "HISTORY_DECLINED"}),
]


@pytest.mark.parametrize(("name", "action", "body"), TEMPLATE_SAMPLES)
async def test_template_webhooks_have_metas_shape(name: str, action: str, body: Json) -> None:
    """What is decided on a template comes with exactly the members of Meta's sample."""
    async with bench() as b:
        await listening(b)
        template_id = await b.approve()
        b.receiver.bodies.clear()
        await post(b, f"/templates/{template_id}/{action}", **body)
        assert shape(b.receiver.bodies[0]) == shape(sample(name))


@pytest.mark.parametrize(("name", "body"), ACCOUNT_SAMPLES)
async def test_account_webhooks_have_metas_shape(name: str, body: Json) -> None:
    """What befalls an account comes with exactly the members of Meta's sample."""
    async with bench() as b:
        await listening(b)
        await post(b, f"/accounts/{WABA}/events", **body)
        assert shape(b.receiver.bodies[0]) == shape(sample(name))


@pytest.mark.parametrize(("name", "body"), NUMBER_SAMPLES)
async def test_number_webhooks_have_metas_shape(name: str, body: Json) -> None:
    """What befalls a number comes with exactly the members of Meta's sample."""
    async with bench() as b:
        await listening(b)
        await post(b, f"/numbers/{NUMBER}/events", **body)
        assert shape(b.receiver.bodies[0]) == shape(sample(name))


REFERRAL = sample("in_text_referral_status_ad_no_clid")["entry"][0]["changes"][0]["value"]
INBOUND: list[tuple[str, Json]] = [
    ("in_image", {"type": "image", "image": {"caption": "My receipt"}}),
    ("in_document", {"type": "document", "document": {"caption": "Contract"}}),
    ("in_audio_voice_note", {"type": "audio", "audio": {"voice": True}}),
    ("in_audio_file", {"type": "audio"}),
    ("in_sticker_static", {"type": "sticker"}),
    ("in_sticker_animated", {"type": "sticker", "sticker": {"animated": True}}),
    ("in_unsupported_without_subobject", {"type": "unsupported"}),
    (
        "in_text_referral_status_ad_no_clid",
        {"text": "Hello", "referral": REFERRAL["messages"][0]["referral"]},
    ),
    *(
        (name, {})
        for name in (
            "in_location_current_only_coordinates",
            "in_order",
            "in_reaction_added",
            "in_reaction_removed_emoji_absent",
            "in_contacts_several_minimal",
            "in_edit_image_caption",
            "in_revoke",
            "in_text_frequently_forwarded",
            "in_text_identity_key_hash",
            "in_text_referred_product",
            "in_group_text",
            "in_interactive_nfm_reply_flow",
            "in_interactive_nfm_reply_address",
            "in_interactive_call_permission_reply",
        )
    ),
]


@pytest.mark.parametrize(("name", "body"), INBOUND)
async def test_what_people_write_has_metas_shape(name: str, body: Json) -> None:
    """Each type of message, and each member beside it, arrives as in Meta's sample."""
    wanted = sample(name)
    value = wanted["entry"][0]["changes"][0]["value"]
    message = value["messages"][0]
    kind = message["type"]
    if not body:
        body = {"type": kind, kind: message[kind], "context": message.get("context")}
        body |= {"text": message["text"]["body"]} if kind == "text" else {}
        body |= {"group_id": message["group_id"]} if "group_id" in message else {}
        key_hash = value["contacts"][0].get("identity_key_hash")
        body |= {"contact": {"identity_key_hash": key_hash}} if key_hash else {}
    for media in ("image", "document", "audio", "sticker"):
        message.get(media, {}).pop("url", None)
    async with bench() as b:
        await listening(b)
        await post(b, f"/contacts/{PERSON}/messages", phone_number_id=NUMBER, **body)
        got = b.receiver.bodies[0]
        assert shape(got) == shape(wanted)


async def test_media_from_people_are_real_files() -> None:
    """The bytes behind an inbound media id have the size and the digests that were told."""
    async with bench() as b:
        await listening(b)
        own = base64.b64encode(b"%PDF-1.4 mine").decode()
        bodies: list[Json] = [{"type": t} for t in ("image", "video", "audio", "document")]
        bodies.append({"type": "document", "content_base64": own, "mime_type": "application/pdf"})
        for body in bodies:
            await post(b, f"/contacts/{PERSON}/messages", phone_number_id=NUMBER, **body)
        content = b""
        for message in b.receiver.inbound():
            told = message[message["type"]]
            info = (await b.graph.get(f"/{told['id']}")).json()
            content = (await b.graph.get(info["url"])).content
            digest = hashlib.sha256(content)
            assert info["sha256"] == digest.hexdigest()
            assert base64.b64decode(told["sha256"]) == digest.digest()
            assert info["file_size"] == len(content)
        assert content == b"%PDF-1.4 mine"


async def test_a_person_without_a_phone_number() -> None:
    """A hidden phone is in no webhook: messages, statuses and preferences name the user id alone;
    the request for the number is answered with a card.
    """
    async with bench() as b:
        await listening(b)
        await b.approve()
        answer = await b.graph.patch(
            f"/sandbox/people/{PERSON}", json={"hides_phone": True, "username": "@ana.example"}
        )
        assert answer.json()["username"] == "ana.example"
        b.receiver.bodies.clear()
        b.receiver.raw.clear()
        await b.write(PERSON)
        await b.send()
        await b.graph.patch(
            f"/sandbox/people/{PERSON}", json={"marketing": "stop", "phone_number_id": NUMBER}
        )
        await b.clock.advance(6)
        assert not any(PERSON.encode() in raw for raw in b.receiver.raw)
        wanted = sample("user_preferences_stop_bsuid_only")["entry"][0]["changes"][0]["value"]
        del wanted["contacts"][0]["parent_user_id"]
        del wanted["user_preferences"][0]["parent_user_id"]
        assert shape(b.receiver.values("user_preferences")[-1]) == shape(wanted)
        await post(b, f"/people/{PERSON}/events", event="SHARE_CONTACT", phone_number_id=NUMBER)
        shared = b.receiver.inbound()[-1]["contacts"][0]
        assert (shared["origin"], shared["phones"][0]["wa_id"]) == ("contact_request", PERSON)
        await b.write(PERSON)
        await b.clock.advance(1)
        assert b.receiver.inbound()[-1]["from"] == PERSON


async def test_stopped_marketing_fails_until_it_is_resumed() -> None:
    """After `stop` marketing fails with 131050 and utility does not; `resume` lets it through."""
    async with bench() as b:
        await listening(b)
        await b.approve()
        await b.approve("note", category="UTILITY")
        preference = {"marketing": "stop", "phone_number_id": NUMBER}
        await b.graph.patch(f"/sandbox/people/{PERSON}", json=preference)
        stopped = await b.sent_id()
        template = {"name": "note", "language": {"code": "en_US"}}
        body = [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]
        utility = await b.sent_id(template={**template, "components": body})
        await b.clock.advance(6)
        (failed,) = b.receiver.statuses(stopped)
        wanted = sample("status_failed_131050_user_stopped_marketing")
        status = wanted["entry"][0]["changes"][0]["value"]["statuses"][0]
        assert failed["errors"][0]["code"] == status["errors"][0]["code"]
        assert len(b.receiver.statuses(utility)) == 3
        await b.graph.patch(f"/sandbox/people/{PERSON}", json={**preference, "marketing": "resume"})
        resumed = await b.sent_id()
        await b.clock.advance(6)
        assert len(b.receiver.statuses(resumed)) == 3
        values = [v["user_preferences"][0]["value"] for v in b.receiver.values("user_preferences")]
        assert values == ["stop", "resume"]


async def test_a_person_changes_number_and_user_id() -> None:
    """The system messages name old and new; the old number is not on WhatsApp any more, and the new
    user id reaches the person.
    """
    async with bench() as b:
        await listening(b)
        await b.approve()
        await b.write(PERSON)
        await b.clock.advance(1)
        old_id = b.receiver.inbound()[0]["from_user_id"]
        new = "15550122222"
        await post(b, f"/people/{PERSON}/events", event="CHANGE_NUMBER", new_wa_id=new)
        moved = b.receiver.inbound()[-1]
        assert (moved["from"], moved["from_user_id"]) == (PERSON, old_id)
        said = moved["system"]
        assert (said["type"], said["wa_id"]) == ("user_changed_number", new)
        assert (said["previous_user_id"], "contacts" in b.receiver.values()[-1]) == (old_id, False)
        gone = await b.sent_id()
        await b.clock.advance(6)
        assert b.receiver.statuses(gone)[0]["errors"][0]["code"] == 131026
        await b.graph.patch(f"/sandbox/people/{new}", json={"hides_phone": True})
        await post(b, f"/people/{new}/events", event="CHANGE_USER_ID")
        changed = b.receiver.inbound()[-1]
        wanted = sample("in_system_user_changed_user_id_no_phone")["entry"][0]["changes"][0]
        for member in ("parent_user_id", "previous_parent_user_id"):
            del wanted["value"]["messages"][0]["system"][member]
        assert shape(changed) == shape(wanted["value"]["messages"][0])
        assert changed["system"]["previous_user_id"] == said["user_id"] == changed["from_user_id"]
        fresh = changed["system"]["user_id"]
        body = {"messaging_product": "whatsapp", "recipient": fresh, "text": {"body": "Hi"}}
        answer = await b.graph.post(f"/{NUMBER}/messages", json=body)
        assert answer.json()["contacts"] == [{"input": fresh, "user_id": fresh}]
        body["recipient"] = said["user_id"]
        assert (await b.graph.post(f"/{NUMBER}/messages", json=body)).status_code == 400
        await post(b, f"/people/{new}/events", event="CHANGE_IDENTITY")
        assert b.receiver.inbound()[-1]["identity"]["hash"]


async def test_a_template_is_paused_twice_and_then_disabled() -> None:
    """3 hours, 6 hours, DISABLED; in between it is refused with 132015 and comes back by itself."""
    async with bench() as b:
        await listening(b)
        template_id = await b.approve()
        for hours in (3, 6):
            await post(b, f"/templates/{template_id}/review", decision="PAUSED")
            assert (await b.send()).json()["error"]["code"] == 132015
            await b.clock.advance(hours * 3600 - 60)
            assert (await b.send()).json()["error"]["code"] == 132015
            await b.clock.advance(60)
            assert (await b.send()).status_code == 200
        await post(b, f"/templates/{template_id}/review", decision="PAUSED")
        assert (await b.send()).json()["error"]["code"] == 132016
        told = b.receiver.values("message_template_status_update")[1:]
        assert [(value["event"], value["other_info"]["title"]) for value in told] == [
            ("PAUSED", "FIRST_PAUSE"),
            ("APPROVED", "UNPAUSE"),
            ("PAUSED", "SECOND_PAUSE"),
            ("APPROVED", "UNPAUSE"),
            ("DISABLED", "DISABLED"),
        ]


async def test_a_category_change_is_announced_and_done() -> None:
    """The template shows `correct_category` until the change, which is told and then priced."""
    async with bench() as b:
        await listening(b)
        template_id = await b.approve("note", category="UTILITY")
        await post(b, f"/templates/{template_id}/category", category="MARKETING", notice_s=86_400)
        fields = {"fields": "category,correct_category"}
        shown = (await b.graph.get(f"/{template_id}", params=fields)).json()
        assert (shown["category"], shown["correct_category"]) == ("UTILITY", "MARKETING")
        await b.clock.advance(86_400)
        shown = (await b.graph.get(f"/{template_id}", params=fields)).json()
        assert (shown["category"], shown.get("correct_category")) == ("MARKETING", None)
        done = b.receiver.values("template_category_update")[-1]
        assert (done["previous_category"], done["new_category"]) == ("UTILITY", "MARKETING")


RESTRICTED: list[tuple[Json, int]] = [
    ({"event": "DISABLED_UPDATE", "waba_ban_state": "DISABLE"}, 131031),
    (
        {"event": "ACCOUNT_RESTRICTION", "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"},
        368,
    ),
]


@pytest.mark.parametrize(("event", "code"), RESTRICTED)
async def test_a_restricted_account_cannot_send(event: Json, code: int) -> None:
    """Sends are refused with the documented code until the account is reinstated."""
    async with bench() as b:
        await listening(b)
        await b.approve()
        await post(b, f"/accounts/{WABA}/events", **event)
        assert (await b.send()).json()["error"]["code"] == code
        await post(
            b, f"/accounts/{WABA}/events", event="DISABLED_UPDATE", waba_ban_state="REINSTATE"
        )
        assert (await b.send()).status_code == 200


async def test_a_restriction_ends_by_itself() -> None:
    """A restriction of an hour is over after an hour, and lets answers through meanwhile."""
    async with bench() as b:
        await b.approve()
        await post(
            b,
            f"/accounts/{WABA}/events",
            event="ACCOUNT_RESTRICTION",
            restriction_type="RESTRICTED_BIZ_INITIATED_MESSAGING",
            for_s=3600,
        )
        await b.write("15550133333")
        assert (await b.send(to="+15550133333")).status_code == 200
        assert (await b.send()).status_code == 403
        await b.clock.advance(3600)
        assert (await b.send()).status_code == 200


async def test_a_token_ends() -> None:
    """A revoked token is 401/190 until it works again; an expiring one after its time; and the
    fault refuses every token from its moment on.
    """
    async with bench() as b:
        token = "EAAsandboxaccesstoken"
        await post(b, "/tokens", access_token=token, is_revoked=True)
        error = (await b.graph.get(f"/{WABA}")).json()["error"]
        assert (error["code"], error["error_subcode"]) == (190, 460)
        await post(b, "/tokens", access_token=token, is_revoked=False)
        assert (await b.graph.get(f"/{WABA}")).status_code == 200
        await post(b, "/tokens", access_token=token, expires_in_s=60)
        await b.clock.advance(60)
        assert (await b.graph.get(f"/{WABA}")).json()["error"]["error_subcode"] == 463
        await post(b, "/tokens", access_token=token, is_revoked=False)
        moment = b.clock.now() + 10
        await b.graph.put("/sandbox/faults", json={"tokens_refused_at": moment})
        assert (await b.graph.get(f"/{WABA}")).status_code == 200
        await b.clock.advance(10)
        assert (await b.graph.get(f"/{WABA}")).status_code == 401
        unknown = await b.graph.post("/sandbox/tokens", json={"access_token": "EAAnone"})
        assert unknown.status_code == 404


async def test_any_webhook_can_be_sent_and_repeated() -> None:
    """An unknown field arrives as it was given; `again` repeats the bytes of a delivery."""
    async with bench() as b:
        await listening(b)
        value = {"event": "SOMETHING_ELSE", "something_info": {"a": 1}}
        await post(b, "/webhooks", field="account_update", value=value)
        assert shape(b.receiver.bodies[0]) == shape(sample("account_update_unknown_event"))
        (delivery,) = (await b.graph.get("/sandbox/webhooks")).json()["items"]
        await post(b, f"/webhooks/{delivery['id']}/again")
        first, second = b.receiver.raw
        assert first == second
        assert (await b.graph.post("/sandbox/webhooks/99/again")).status_code == 404


async def test_a_tapped_marketing_link_has_metas_shape() -> None:
    """A tap on a marketing message's button arrives in `user_actions`."""
    async with bench() as b:
        await listening(b)
        await post(b, f"/people/{PERSON}/events", event="CLICK_LINK", phone_number_id=NUMBER)
        assert shape(b.receiver.bodies[0]) == shape(sample("user_actions_marketing_link_click"))


async def test_errors_without_a_message() -> None:
    """An error of the number itself comes in the value's `errors`, beside no message."""
    async with bench() as b:
        await listening(b)
        await post(b, f"/numbers/{NUMBER}/events", event="ERROR", code=130429)
        (value,) = b.receiver.values()
        assert value["errors"][0]["code"] == 130429
        assert not {"messages", "statuses", "contacts"} & set(value)


async def test_messages_and_statuses_may_share_a_value() -> None:
    """With `mix` one value carries both, as Meta's batches may."""
    async with bench() as b:
        await listening(b)
        await b.approve()
        await b.graph.patch("/sandbox/behaviour", json={"mix": 1, "linger_s": 3})
        await b.send()
        await b.write(PERSON)
        await b.clock.advance(8)
        assert any({"messages", "statuses"} <= set(value) for value in b.receiver.values())


BAD: list[tuple[str, str, Json, int]] = [
    ("POST", "/templates/1/review", {"decision": "APPROVED"}, 404),
    ("POST", "/templates/T/review", {"decision": "MAYBE"}, 422),
    ("POST", "/templates/T/review", {"decision": "UNPAUSED"}, 422),
    ("POST", "/templates/T/review", {"decision": "REJECTED", "reason": "UGLY"}, 422),
    ("POST", "/templates/T/quality", {"score": "BLUE"}, 422),
    ("POST", "/templates/T/category", {"category": "NEWS"}, 422),
    ("POST", "/templates/T/components", {"components": [{"type": "FOOTER", "text": "x"}]}, 422),
    ("POST", "/templates/T/pacing", {"action": "release"}, 422),
    ("POST", "/templates/T/colour", {}, 404),
    ("POST", "/accounts/1/events", {"event": "REVIEW"}, 404),
    ("POST", f"/accounts/{WABA}/events", {"event": "PARTY"}, 422),
    ("POST", f"/accounts/{WABA}/events", {"event": "CAPABILITY", "messaging_limit": "1"}, 422),
    ("POST", f"/numbers/{NUMBER}/events", {"event": "ERROR", "code": 5}, 422),
    ("POST", f"/numbers/{NUMBER}/events", {"event": "ECHO", "wa_id": "x", "text": "Hi"}, 422),
    ("POST", f"/numbers/{NUMBER}/events", {"event": "HISTORY", "wa_ids": []}, 422),
    ("POST", "/numbers/1/events", {"event": "QUALITY"}, 404),
    ("PATCH", "/people/abc", {}, 422),
    ("PATCH", f"/people/{PERSON}", {"marketing": "maybe", "phone_number_id": NUMBER}, 422),
    ("PATCH", f"/people/{PERSON}", {"marketing": "stop"}, 422),
    ("POST", f"/people/{PERSON}/events", {"event": "CHANGE_NUMBER", "new_wa_id": PERSON}, 422),
    ("POST", "/webhooks", {"field": "x", "value": {}, "waba_id": "1"}, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BAD)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    method: str, path: str, body: Json, status: int
) -> None:
    """A wrong id is 404, a wrong value 422 with what would be right; nothing is told."""
    async with bench() as b:
        await listening(b)
        template_id = await b.approve()
        b.receiver.bodies.clear()
        url = f"/sandbox{path}".replace("/T/", f"/{template_id}/")
        answer = await b.graph.request(method, url, json=body)
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
        await b.clock.advance(1)
        assert b.receiver.bodies == []
        assert b.clock.now() > START
