"""Flows, and what a number sets up: QR codes, automation, settings, username, block list."""

import json
from typing import Any

import pytest

from .bench import NUMBER, WABA, Bench, bench

pytestmark = pytest.mark.anyio

SCREEN = {"id": "A", "terminal": True, "layout": {"type": "SingleColumnLayout", "children": []}}
FLOW = json.dumps({"version": "7.0", "screens": [SCREEN]})


async def flow(b: Bench, **changes: Any) -> dict[str, Any]:
    """Create a flow and return the answer."""
    wanted = {"name": "book", "categories": ["OTHER"], "flow_json": FLOW, **changes}
    return dict((await b.graph.post(f"/{WABA}/flows", json=wanted)).json())


def sent(flow_id: str, mode: str = "published") -> dict[str, Any]:
    """Return a message with a flow."""
    values = {"flow_message_version": "3", "flow_id": flow_id, "flow_cta": "Book", "mode": mode}
    return {
        "type": "interactive",
        "interactive": {
            "type": "flow",
            "body": {"text": "Book now"},
            "action": {"name": "flow", "parameters": values},
        },
    }


async def test_a_flow_lives_from_draft_to_deprecated() -> None:
    """A draft is sent in draft mode and may change; what is published may not, and can be sent."""
    async with bench() as b:
        flow_id = (await flow(b))["id"]
        assert (await b.send(**sent(flow_id))).json()["error"]["code"] == 131009
        assert (await b.send(**sent(flow_id, "draft"))).status_code == 200
        assert (await b.graph.post(f"/{flow_id}/publish")).json() == {"success": True}
        assert (await b.send(**sent(flow_id))).status_code == 200
        codes = []
        files = {"file": ("flow.json", FLOW, "application/json")}
        form = {"name": "flow.json", "asset_type": "FLOW_JSON"}
        answer = await b.graph.post(f"/{flow_id}/assets", data=form, files=files)
        codes.append(answer.json()["error"]["code"])
        for method, path in (("POST", "/publish"), ("DELETE", "")):
            answer = await b.graph.request(method, f"/{flow_id}{path}")
            codes.append(answer.json()["error"]["code"])
        assert codes == [139001, 139002, 139004]
        assert (await b.graph.post(f"/{flow_id}/deprecate")).json() == {"success": True}
        assert (await b.graph.post(f"/{flow_id}/deprecate")).json()["error"]["code"] == 139003
        assert (await b.send(**sent(flow_id))).json()["error"]["code"] == 131009


async def test_blocked_and_throttled_flows_are_held_back() -> None:
    """A blocked flow is 132068; a throttled one goes out ten times an hour, then 132069."""
    async with bench() as b:
        flow_id = (await flow(b, publish=True))["id"]
        state = b.simulation.world.flows[flow_id]
        state.status = "BLOCKED"
        assert (await b.send(**sent(flow_id))).json()["error"]["code"] == 132068
        state.status = "THROTTLED"
        codes = [(await b.send(**sent(flow_id))).status_code for _ in range(11)]
        assert codes == [200] * 10 + [400]
        await b.clock.advance(3601)
        assert (await b.send(**sent(flow_id))).status_code == 200


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "INVALID_JSON"),
        ("[]", "INVALID_JSON"),
        ('{"version": "1.0", "screens": [{}]}', "INVALID_PROPERTY_VALUE"),
        ('{"version": "7.0"}', "REQUIRED_PROPERTY_MISSING"),
        ('{"version": "7.0", "screens": [{"id": "A", "layout": {}}]}', "MISSING_TERMINAL_SCREEN"),
        (json.dumps({"version": "7.0", "screens": [SCREEN, SCREEN]}), "DUPLICATE_SCREEN_ID"),
    ],
)  # fmt: skip
async def test_a_flows_json_is_checked(text: str, error: str) -> None:
    """What is wrong is said, the draft is made all the same, and cannot be published."""
    async with bench() as b:
        made = await flow(b, flow_json=text, publish=True)
        assert made["success"] is False
        assert error in [problem["error"] for problem in made["validation_errors"]]
        answer = await b.graph.post(f"/{made['id']}/publish")
        assert answer.json()["error"]["code"] == 139002


async def test_flows_are_named_once_and_copied() -> None:
    """A name is unique in its account; a flow is cloned, and migrated to another account."""
    async with bench() as b:
        first = await flow(b)
        assert (await flow(b))["error"]["error_subcode"] == 4016019
        assert (await flow(b, name="x", categories=["SLEEP"]))["error"]["code"] == 100
        clone = await flow(b, name="copy", flow_json=None, clone_flow_id=first["id"])
        shown = await b.graph.get(f"/{clone['id']}", params={"fields": "json_version,preview"})
        assert shown.json()["json_version"] == "7.0"
        token = b.simulation.world.tokens["EAAsandboxaccesstoken"]
        other = (await b.graph.post("/sandbox/numbers", json={})).json()["waba_id"]
        token.waba_ids.append(other)
        asked = {"source_waba_id": WABA, "source_flow_names": "book,nothing"}
        moved = (await b.graph.post(f"/{other}/migrate_flows", params=asked)).json()
        assert [item["source_id"] for item in moved["migrated_flows"]] == [first["id"]]
        assert [item["source_name"] for item in moved["failed_flows"]] == ["nothing"]


BAD = [
    ("conversational_automation", {"prompts": ["a", "b", "c", "d", "e"]}, 100),
    ("conversational_automation", {"prompts": ["x" * 81]}, 100),
    ("conversational_automation", {"commands": [{"command_name": "A b"}]}, 100),
    ("whatsapp_commerce_settings", {}, 100),
    ("whatsapp_commerce_settings", {"is_cart_enabled": "maybe"}, 100),
    ("settings", {}, 100),
    ("settings", {"calling": {"status": "ON"}}, 100),
    ("settings", {"storage_configuration": {"data_localization_region": "XX"}}, 100),
    ("settings", {"user_identity_change": {"enable_identity_key_check": "yes"}}, 100),
    ("whatsapp_business_encryption", {"business_public_key": "key"}, 131009),
    ("business_compliance_info", {"messaging_product": "whatsapp"}, 100),
    ("username", {"username": "ab"}, 147001),
    ("username", {"username": "www.shop"}, 147001),
    ("username", {"username": "shop.com"}, 147001),
    ("username", {"username": "123456"}, 147001),
    ("message_qrdls", {}, 100),
    ("message_qrdls", {"prefilled_message": "x" * 141}, 100),
    ("message_qrdls", {"prefilled_message": "Hi", "generate_qr_image": "GIF"}, 100),
    ("message_qrdls", {"prefilled_message": "Hi", "code": "NONE"}, 100),
    ("groups", {"subject": "Friends"}, 131215),
]


@pytest.mark.parametrize(("edge", "body", "code"), BAD)
async def test_bad_settings_are_refused(edge: str, body: dict[str, Any], code: int) -> None:
    """Each edge of a number refuses what it cannot keep, and changes nothing."""
    async with bench() as b:
        before = b.simulation.world.assets_of(NUMBER)
        kept = repr(before)
        answer = await b.graph.post(f"/{NUMBER}/{edge}", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
        assert repr(before) == kept


GOOD: list[tuple[str, dict[str, Any], str, Any]] = [
    ("settings", {"calling": {"status": "ENABLED"}}, "calling", {"status": "ENABLED"}),
    (
        "conversational_automation",
        {"enable_welcome_message": True, "prompts": ["Order"]},
        "conversational_automation",
        {"id": NUMBER, "enable_welcome_message": True, "prompts": ["Order"], "commands": []},
    ),
]


@pytest.mark.parametrize(("edge", "body", "member", "value"), GOOD)
async def test_settings_are_kept(edge: str, body: dict[str, Any], member: str, value: Any) -> None:
    """What was set is read back, beside what was there."""
    async with bench() as b:
        assert (await b.graph.post(f"/{NUMBER}/{edge}", json=body)).json() == {"success": True}
        assert (await b.graph.get(f"/{NUMBER}/{edge}")).json()[member] == value


async def test_keys_and_compliance_are_kept() -> None:
    """The key for flows and the compliance information are read back as written."""
    async with bench() as b:
        path = f"/{NUMBER}/whatsapp_business_encryption"
        assert (await b.graph.get(path)).json() == {"data": []}
        key = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"
        assert (await b.graph.post(path, data={"business_public_key": key})).json()["success"]
        (shown,) = (await b.graph.get(path)).json()["data"]
        assert shown["business_public_key"] == key
        contact = {"email": "a@ex.com", "mobile_number": "+915550100001"}
        info = {
            "messaging_product": "whatsapp",
            "entity_name": "Boots",
            "entity_type": "PARTNERSHIP",
            "is_registered": True,
            "grievance_officer_details": {"name": "Ana", **contact},
            "customer_care_details": contact,
        }
        path = f"/{NUMBER}/business_compliance_info"
        assert (await b.graph.post(path, json=info)).json() == {"success": True}
        assert (await b.graph.get(path)).json() == {"data": [info]}


async def test_a_username_belongs_to_one_number() -> None:
    """A taken name is 147001 unless its transfer is forced; deleted, it is free."""
    async with bench() as b:
        token = b.simulation.world.tokens["EAAsandboxaccesstoken"]
        other = (await b.graph.post("/sandbox/numbers", json={"waba_id": WABA})).json()
        assert other["access_token"] == token.value
        second = other["phone_number_id"]
        claim = {"username": "@Boots.Shop"}
        first = (await b.graph.post(f"/{NUMBER}/username", json=claim)).json()
        assert (first["username"], first["status"]) == ("boots.shop", "approved")
        taken = await b.graph.post(f"/{second}/username", json=claim)
        assert taken.json()["error"]["code"] == 147001
        forced = {**claim, "transfer_action": "force_transfer"}
        assert (await b.graph.post(f"/{second}/username", json=forced)).status_code == 200
        assert (await b.graph.get(f"/{NUMBER}/username")).json() == {}
        assert (await b.graph.delete(f"/{second}/username")).json() == {"success": True}
        assert (await b.graph.post(f"/{NUMBER}/username", json=claim)).status_code == 200


async def test_only_recent_writers_are_blocked() -> None:
    """Who wrote today is blocked; a stranger fails, and the answer is 400 with both."""
    async with bench() as b:
        await b.write("15550111111")
        path = f"/{NUMBER}/block_users"
        users = [{"user": "+15550111111"}, {"user": "+15550222222"}, {"user_id": "US.9"}]
        body = {"messaging_product": "whatsapp", "block_users": users}
        answer = await b.graph.post(path, json=body)
        result = answer.json()
        assert (answer.status_code, result["error"]["code"]) == (400, 139100)
        blocked = {"input": "+15550111111", "wa_id": "15550111111"}
        assert result["block_users"]["added_users"] == [blocked]
        failed = [user["input"] for user in result["block_users"]["failed_users"]]
        assert failed == ["+15550222222", "US.9"]
        (listed,) = (await b.graph.get(path)).json()["data"]
        assert listed["wa_id"] == "15550111111"
        assert (await b.text("+15550111111")).json()["error"]["code"] == 131026
        await b.clock.advance(1)
        await b.subscribe()
        await b.write("15550111111", "Let me in")
        await b.clock.advance(1)
        assert b.receiver.inbound() == []
        body["block_users"] = users[:1]
        removed = (await b.graph.request("DELETE", path, json=body)).json()
        assert removed["block_users"]["removed_users"] == [blocked]
        again = await b.graph.request("DELETE", path, json=body)
        assert again.json()["error"]["code"] == 139100
        await b.clock.advance(86_400)
        late = await b.graph.post(path, json=body)
        assert late.json()["error"]["code"] == 139100
