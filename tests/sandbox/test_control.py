"""The control API, the settings behind it, and the state that outlives the process."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.settings import Behaviour, Faults, SettingError, fixture_from, parse
from sandbox.state import StateError, load, save, snapshot

from .bench import NUMBER, QUIET, bench, phones

pytestmark = pytest.mark.anyio


async def test_counts_come_from_the_sandboxs_own_log() -> None:
    """Duplicates are accepted messages minus people, by callback prefix and by number."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        for to in ("+15550111111", "+15550111112", "+15550111111"):
            await b.send(to=to, biz_opaque_callback_data="p1.a.x")
        await b.send(to="+15550111113", biz_opaque_callback_data="p1.b.x")
        await b.send(to="not a number", biz_opaque_callback_data="p1.a.x")
        await b.clock.advance(6)
        some = await b.counts(callback_prefix="p1.a.")
        assert (some["accepted"], some["unique_recipients"], some["duplicates"]) == (3, 2, 1)
        assert some["statuses"] == {"read": 3}
        every = await b.counts(phone_number_id=NUMBER)
        assert (every["accepted"], every["refused"]) == (4, {"131009": 1})
        assert every["first_accept_at"] <= every["last_accept_at"]
        assert (every["pending_events"], every["pending_webhooks"]) == (0, 0)
        missing = await b.graph.get("/sandbox/counts", params={"phone_number_id": "1"})
        assert missing.status_code == 404


async def test_the_log_is_paged() -> None:
    """Messages come oldest first, of one person or all, a page at a time."""
    async with bench() as b:
        await b.approve()
        ids = [await b.sent_id(to=to) for to in phones(5)]
        page = (await b.graph.get("/sandbox/messages", params={"limit": 3})).json()
        assert [m["id"] for m in page["items"]] == ids[:3]
        rest = {"limit": 3, "after": page["next_cursor"]}
        page = (await b.graph.get("/sandbox/messages", params=rest)).json()
        assert ([m["id"] for m in page["items"]], page["next_cursor"]) == (ids[3:], None)
        one = (await b.graph.get("/sandbox/messages", params={"wa_id": "15550200002"})).json()
        assert one["items"][0]["content"]["name"] == "hello"
        for bad, status in (({"after": "x"}, 404), ({"limit": "0"}, 422), ({"limit": "x"}, 422)):
            assert (await b.graph.get("/sandbox/messages", params=bad)).status_code == status


async def test_settings_change_while_running() -> None:
    """PUT sets the whole, PATCH a part; what cannot be is 422 and changes nothing."""
    async with bench() as b:
        await b.graph.put("/sandbox/faults", json={"duplicate": 0.5})
        changed = (await b.graph.patch("/sandbox/faults", json={"reorder": 0.25})).json()
        assert (changed["duplicate"], changed["reorder"]) == (0.5, 0.25)
        assert (await b.graph.put("/sandbox/faults", json={})).json()["duplicate"] == 0
        await b.graph.patch("/sandbox/behaviour", json={"read": 0.1})
        assert b.simulation.outbox.behaviour.read == 0.1
        bad: list[Any] = [{"fails": 1}, {"fail": 2}, {"fail": "x"}, {"fail": True}, [], "x"]
        for body in bad:
            answer = await b.graph.put("/sandbox/faults", json=body)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await b.graph.put("/sandbox/behaviour", content=b"{")).status_code == 422
        assert b.simulation.faults == Faults()


async def test_an_unknown_control_call_is_told_what_there_is() -> None:
    """A wrong path or method under /sandbox is 404 with the list, never a Graph error."""
    async with bench() as b:
        for answer in (await b.graph.get("/sandbox/count"), await b.graph.post("/sandbox/health")):
            assert answer.status_code == 404
            assert "/counts" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fial=0.1", "the names are fail"),
        ("fail", "name=value"),
        ("fail=2", "0 to 1"),
        ("fail=nan", "0 to 1"),
        ("delay_s=-1", "seconds"),
        ("fail=7", "0 to 1"),
        ("fail_code=1234", "one of 1, 2, 3, 4, 10"),
        ("latency_p99_s=3", "needs a latency_median_s"),
        ("latency_p99_s=1,latency_median_s=2", "not be below"),
        ("fail=0.1,fail=0.2", "given twice"),
    ],
)
def test_a_bad_setting_says_what_is_allowed(text: str, says: str) -> None:
    """An unknown name or an impossible value is refused with what would be right."""
    with pytest.raises(SettingError, match=says):
        parse(Faults(), text)


def test_settings_are_parsed() -> None:
    """Spaces are allowed, ranges must run forwards, counts must be whole."""
    assert parse(Faults(), " fail=0.05, duplicate=0.2 ,") == Faults(fail=0.05, duplicate=0.2)
    assert parse(Behaviour(), "batch=1000").batch == 1000
    for bad in ("batch=0", "batch=1.5", "read_from_s=9,read_to_s=1"):
        with pytest.raises(SettingError):
            parse(Behaviour(), bad)
    assert fixture_from({"SANDBOX_WABA_ID": "77", "SANDBOX_APP_ID": ""}).waba_id == "77"
    with pytest.raises(SettingError, match="digits"):
        fixture_from({"SANDBOX_WABA_ID": "abc"})
    with pytest.raises(SettingError, match="STANDARD or HIGH"):
        fixture_from({"SANDBOX_THROUGHPUT": "FAST"})


async def test_a_person_writes_through_the_control_api() -> None:
    """Text, a quick reply and a reply to buttons arrive as Meta's types, with their context."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        wamid = await b.sent_id()
        await b.write("15550111111", context_message_id=wamid)
        button = {"payload": "STOP", "text": "Stop"}
        await b.write("15550111111", type="button", button=button, context_message_id=wamid)
        reply = {"type": "button_reply", "button_reply": {"id": "y", "title": "Yes"}}
        await b.write("15550111111", type="interactive", interactive=reply)
        await b.clock.advance(1)
        first, second, third = b.receiver.inbound()
        assert first["context"] == {"from": "15550100001", "id": wamid}
        assert (second["button"], third["interactive"]) == (button, reply)
        for bad, status in (
            ({"phone_number_id": "1"}, 422),
            ({"text": " "}, 422),
            ({"type": "hologram"}, 422),
            ({"type": "location", "location": {"latitude": 1}}, 422),
            ({"type": "image", "content_base64": "?"}, 422),
            ({"context_message_id": "wamid.no"}, 404),
        ):
            assert (await b.write("15550111111", **bad)).status_code == status
        assert (await b.write("not-digits")).status_code == 422


async def test_reset_forgets_traffic_or_everything() -> None:
    """A reset empties the log and keeps accounts and webhooks; with `everything` those go too."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        old = await b.sent_id()
        answer = await b.graph.post("/sandbox/reset", json={"seed": 8})
        assert answer.json() == {"seed": 8}
        await b.clock.advance(10)
        assert (await b.counts())["accepted"] == 0
        assert b.receiver.statuses() == []
        assert await b.sent_id() != old
        await b.graph.post("/sandbox/reset", json={"everything": True})
        assert (await b.send()).json()["error"]["code"] == 132001
        for bad in ({"seed": "x"}, {"seed": True}, {"everything": 1}):
            assert (await b.graph.post("/sandbox/reset", json=bad)).status_code == 422


async def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """Saved before delivery, with a webhook refused: after loading all of it goes on."""
    path = tmp_path / "deep" / "state.json"
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        b.receiver.answers = [500] * 100
        ids = {await b.sent_id(to=to) for to in phones(10)}
        await b.write("15550111111")
        await b.clock.advance(0.4)
        assert b.simulation.outbox.deliveries
        save(b.simulation, path)
        before, at = await b.counts(), b.clock.now()
    saved = json.loads(path.read_text())
    async with bench(restore=saved, at=at) as b:
        after = await b.counts()
        assert after["accepted"] == before["accepted"]
        assert after["pending_webhooks"] >= 11
        await b.clock.advance(10)
        got = {(s["id"], s["status"]) for s in b.receiver.statuses()}
        assert got == {(i, s) for i in ids for s in ("sent", "delivered", "read")}
        assert len(b.receiver.inbound()) == 1
        assert (await b.send(to="+15550333333")).status_code == 200
        assert (await b.text("+15550111111")).status_code == 200
        assert b.simulation.world.messages[list(b.simulation.world.messages)[-1]].in_window


async def test_a_saved_world_is_the_same_when_loaded() -> None:
    """Saving, loading and saving again gives the same state."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        await b.graph.post("/sandbox/signups", json={})
        await b.send()
        await b.write("15550111111")
        saved = json.loads(json.dumps(snapshot(b.simulation)))
    async with bench(restore=saved) as b:
        assert json.loads(json.dumps(snapshot(b.simulation))) == saved


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\xff"])
async def test_a_damaged_state_is_refused(text: str, tmp_path: Path) -> None:
    """A file that is no state of this sandbox is named in the error, and is not overwritten."""
    path = tmp_path / "state.json"
    path.write_text(text, encoding="latin-1")
    async with bench(QUIET) as b:
        with pytest.raises(StateError, match=r"state\.json"):
            load(b.simulation, path)
        assert load(b.simulation, tmp_path / "none.json") is False
