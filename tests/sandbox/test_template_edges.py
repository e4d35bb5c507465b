"""What is done with templates besides creating them: library, archive, compare, migrate, limits."""

import pytest

from .bench import START, WABA, bench, body_component, template

pytestmark = pytest.mark.anyio

LISTED = f"/{WABA}/message_templates"
DAY_S = 86_400


async def test_the_name_of_a_deleted_template_rests() -> None:
    """For 30 days after the deletion of an approved template its name is refused, then free."""
    async with bench() as b:
        await b.approve()
        assert (await b.graph.delete(LISTED, params={"name": "hello"})).json()["success"]
        again = await b.graph.post(LISTED, json=template())
        assert again.json()["error"]["error_subcode"] == 2388023
        await b.clock.advance(30 * DAY_S + 1)
        assert (await b.graph.post(LISTED, json=template())).status_code == 200


async def test_templates_are_deleted_by_their_ids() -> None:
    """`hsm_ids` deletes many; a disabled one and a generated one stay."""
    async with bench() as b:
        ids = [await b.approve(name) for name in ("one", "two", "three")]
        gone = await b.graph.delete(LISTED, params={"hsm_ids": f'["{ids[0]}","{ids[1]}"]'})
        assert gone.json() == {"success": True}
        assert list(b.simulation.world.templates) == [ids[2]]
        b.simulation.world.templates[ids[2]].status = "DISABLED"
        assert (await b.graph.delete(LISTED, params={"hsm_ids": ids[2]})).status_code == 400
        b.simulation.world.direct_send_template(WABA, "UTILITY", "text", START)
        (hidden,) = (await b.graph.get(LISTED, params={"source": "AUTO_GENERATED"})).json()["data"]
        refused = await b.graph.delete(LISTED, params={"hsm_ids": hidden["id"]})
        assert refused.json()["error"]["error_subcode"] == 2388330
        refused = await b.graph.post(f"/{hidden['id']}", json={"category": "UTILITY"})
        assert refused.json()["error"]["error_subcode"] == 2388318


async def test_an_account_has_room_for_so_many_templates() -> None:
    """250 for an unverified business (2388019), 100 creations an hour (80007)."""
    async with bench() as b:
        waba = b.simulation.world.wabas[WABA]
        waba.business_verification_status = "not_verified"
        errors = []
        for index in range(260):
            answer = await b.graph.post(LISTED, json=template(name=f"t{index}"))
            errors.append(answer.json().get("error", {}))
            if errors[-1].get("code") == 80007:
                await b.clock.advance(3601)
        codes = [error.get("code", 0) for error in errors]
        assert (codes.count(0), codes.count(80007)) == (250, 2)
        assert errors[-1]["error_subcode"] == 2388019
        shown = await b.graph.get(LISTED, params={"summary": "message_template_limit"})
        assert shown.json()["summary"] == {"message_template_limit": 250}


async def test_archived_templates_are_out_of_the_way() -> None:
    """Archived: not listed, not sent, told; served without a version alone; and back again."""
    async with bench() as b:
        await b.subscribe()
        template_id = await b.approve()
        path = f"/{WABA}/message_templates"
        body = {"hsm_ids": f"{template_id},7"}
        moved = (await b.graph.post(f"{path}/archive", json=body)).json()
        assert moved["archived_templates"] == [template_id]
        assert moved["failed_templates"] == {"7": "Template not found"}
        assert (await b.graph.get(LISTED)).json()["data"] == []
        named = {"status": "ARCHIVED"}
        assert len((await b.graph.get(LISTED, params=named)).json()["data"]) == 1
        assert (await b.send()).json()["error"]["code"] == 132001
        assert (await b.graph.post(f"/v26.0{path}/unarchive", json=body)).status_code == 400
        assert (await b.graph.post(f"{path}/unarchive", json=body)).status_code == 200
        assert (await b.send()).status_code == 200
        await b.clock.advance(1)
        events = [v["event"] for v in b.receiver.values("message_template_status_update")]
        assert events == ["APPROVED", "ARCHIVED", "UNARCHIVED"]


async def test_a_template_comes_from_the_library() -> None:
    """Listed and searched, then made with its own links; without them it is refused."""
    async with bench() as b:
        found = (await b.graph.get("/message_template_library", params={"search": "order"})).json()
        assert [entry["name"] for entry in found["data"]] == ["shipment_confirmation_1"]
        wanted = {
            "name": "shipped",
            "language": "en_US",
            "category": "UTILITY",
            "library_template_name": "shipment_confirmation_1",
        }
        assert (await b.graph.post(LISTED, json=wanted)).status_code == 400
        url = {"base_url": "https://ex.com/{{1}}", "url_suffix_example": "https://ex.com/7"}
        wanted["library_template_button_inputs"] = [{"type": "URL", "url": url}]  # type: ignore[assignment]
        made = (await b.graph.post(LISTED, json=wanted)).json()
        asked = {"fields": "components,library_template_name"}
        shown = (await b.graph.get(f"/{made['id']}", params=asked)).json()
        assert shown["library_template_name"] == "shipment_confirmation_1"
        assert shown["components"][1]["buttons"][0]["url"] == "https://ex.com/{{1}}"
        unknown = {**wanted, "name": "x", "library_template_name": "nothing"}
        assert (await b.graph.post(LISTED, json=unknown)).status_code == 400


async def test_codes_are_made_and_previewed_in_many_languages() -> None:
    """One upsert makes a template per language; the next changes them; a preview shows the text."""
    button = {"type": "OTP", "otp_type": "COPY_CODE"}
    wanted = {
        "name": "code",
        "category": "AUTHENTICATION",
        "languages": ["en_US", "es"],
        "components": [{"type": "BODY"}, {"type": "BUTTONS", "buttons": [button]}],
    }
    async with bench() as b:
        path = f"/{WABA}/upsert_message_templates"
        first = (await b.graph.post(path, json=wanted)).json()["data"]
        assert [item["language"] for item in first] == ["en_US", "es"]
        await b.clock.advance(1.2)
        body = {"type": "BODY", "add_security_recommendation": True}
        wanted["components"] = [body, wanted["components"][1]]
        second = (await b.graph.post(path, json=wanted)).json()["data"]
        assert [item["id"] for item in second] == [item["id"] for item in first]
        assert {item["status"] for item in second} == {"PENDING"}
        asked = {"category": "AUTHENTICATION", "languages": "en_US,es", "button_types": "OTP"}
        path = f"/{WABA}/message_template_previews"
        shown = (await b.graph.get(path, params={**asked, "code_expiration_minutes": "5"})).json()
        assert [item["language"] for item in shown["data"]] == ["en_US", "es"]
        assert shown["data"][0]["footer"] == "This code expires in 5 minutes."


async def test_templates_are_compared_by_what_was_sent() -> None:
    """The sends of two templates over seven days; another stretch of time is refused."""
    async with bench() as b:
        one, two = await b.approve(), await b.approve("two")
        for _ in range(3):
            await b.send()
        asked: dict[str, str | int] = {
            "template_ids": two,
            "start": int(START - DAY_S),
            "end": int(START + 6 * DAY_S),
        }
        metrics = (await b.graph.get(f"/{one}/compare", params=asked)).json()["data"]
        sends = {item["key"]: item["value"] for item in metrics[1]["number_values"]}
        assert sends == {one: 3, two: 0}
        bad = await b.graph.get(f"/{one}/compare", params={**asked, "end": int(START)})
        assert bad.json()["error"]["code"] == 100


async def test_templates_move_to_another_account() -> None:
    """Approved templates of one account are copied to another; those that it has are not."""
    async with bench() as b:
        await b.approve()
        await b.approve("two")
        token = b.simulation.world.tokens["EAAsandboxaccesstoken"]
        other = (await b.graph.post("/sandbox/numbers", json={})).json()["waba_id"]
        token.waba_ids.append(other)
        await b.graph.post(f"/{other}/message_templates", json=template(name="two"))
        path, asked = f"/{other}/migrate_message_templates", {"source_waba_id": WABA}
        result = (await b.graph.post(path, params=asked)).json()
        assert len(result["migrated_templates"]) == 1
        assert len(result["failed_templates"]) == 1
        copy = b.simulation.world.templates[result["migrated_templates"][0]]
        assert (copy.name, copy.waba_id, copy.status) == ("hello", other, "PENDING")


async def test_a_pause_is_ended_and_tracking_turned_off() -> None:
    """A paused template is unpaused once; opting out of link tracking needs no review."""
    async with bench() as b:
        template_id = await b.approve()
        await b.graph.post(f"/sandbox/templates/{template_id}/review", json={"decision": "PAUSED"})
        path = f"/{template_id}/unpause"
        assert (await b.graph.post(path)).json() == {"success": True}
        assert (await b.graph.post(path)).json()["success"] is False
        change = {"cta_url_link_tracking_opted_out": True, "category": "MARKETING"}
        assert (await b.graph.post(f"/{template_id}", json=change)).json() == {"success": True}
        assert b.simulation.world.templates[template_id].status == "APPROVED"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"status": "APPROVED,PAUSED"}, ["two", "one"]),
        ({"quality_score": "GREEN"}, ["one"]),
        ({"name_or_content": "weather"}, ["two"]),
        ({"name_or_content": "one"}, ["one"]),
        ({"content": "Weather"}, ["two"]),
        ({"language": "es,pt_BR"}, []),
        ({"category": "utility"}, ["two"]),
    ],
)
async def test_lists_are_filtered(asked: dict[str, str], found: list[str]) -> None:
    """Each filter takes one value or several."""
    async with bench() as b:
        one = await b.approve("one")
        b.simulation.world.templates[one].quality_score = "GREEN"
        text = body_component("The weather is fine today.")
        await b.approve("two", category="UTILITY", components=[text])
        listed = (await b.graph.get(LISTED, params=asked)).json()["data"]
        assert [item["name"] for item in listed] == found
