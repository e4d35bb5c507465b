"""POST /{phone_number_id}/messages: what is accepted, what is refused, and in which words."""

import asyncio
import json
from typing import Any

import pytest

from sandbox.settings import Behaviour, Faults

from .bench import NUMBER, QUIET, START, WABA, bench, phones, send_body

pytestmark = pytest.mark.anyio


async def test_an_accepted_template_is_answered_as_meta_does() -> None:
    """The 200 carries the input, the digits of the wa_id, an id and `message_status`."""
    async with bench() as b:
        await b.approve()
        answer = await b.send(to="+1 (555) 011-1111")
        body = answer.json()
        wamid = body["messages"][0]["id"]
        assert body == {
            "messaging_product": "whatsapp",
            "contacts": [{"input": "+1 (555) 011-1111", "wa_id": "15550111111"}],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }
        assert wamid.startswith("wamid.HBgLMTU1NTAxMTExMTEVAgARGBI")


async def test_a_brazilian_number_may_lose_its_ninth_digit() -> None:
    """With `brazil_wa_id` the wa_id differs from the input, as at Meta for some area codes."""
    async with bench(Behaviour(brazil_wa_id=1)) as b:
        answer = (await b.text("+55 31 98888-7777")).json()
        assert answer["contacts"] == [{"input": "+55 31 98888-7777", "wa_id": "553188887777"}]


async def test_a_token_expires() -> None:
    """A token past its time is 401/190 like a wrong one, and debug_token calls it invalid."""
    async with bench() as b:
        token = b.simulation.world.tokens["EAAsandboxaccesstoken"]
        token.expires_at = START + 10
        assert (await b.graph.get(f"/{WABA}")).status_code == 200
        await b.clock.advance(10)
        answer = await b.graph.get(f"/{WABA}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)
        assert "expired" in answer.json()["error"]["message"]


BAD_SENDS: list[tuple[dict[str, Any], int, int, str]] = [
    ({"messaging_product": None}, 400, 100, "messaging_product"),
    ({"recipient_type": "group"}, 400, 131215, "official business account"),
    ({"to": ""}, 400, 100, "to"),
    ({"to": 15550111111}, 400, 100, "to"),
    ({"to": "abc"}, 400, 131009, "abc"),
    ({"to": "+15550100001"}, 400, 131021, "same"),
    ({"type": "poll"}, 400, 131051, "poll"),
    ({"type": "text"}, 400, 100, "text"),
    ({"type": "text", "text": "Hi"}, 400, 100, "text"),
    ({"type": "text", "text": {"body": "x" * 4097}}, 400, 100, "text['body']"),
    ({"type": "image", "image": {}}, 400, 100, "image"),
    ({"type": "image", "image": {"id": "1", "link": "https://x"}}, 400, 100, "image"),
    ({"type": "image", "image": {"id": "999"}}, 400, 100, "image['id']"),
    ({"type": "audio", "audio": {"link": "https://x/a", "caption": "x"}}, 400, 100, "caption"),
    ({"type": "reaction", "reaction": {"message_id": "wamid.x"}}, 400, 100, "emoji"),
    ({"type": "location", "location": {"latitude": "north", "longitude": 1}}, 400, 100, "latitude"),
    ({"type": "contacts", "contacts": [{"name": {"formatted_name": "A"}}]}, 400, 100, "first_name"),
    ({"biz_opaque_callback_data": "x" * 513}, 400, 100, "biz_opaque_callback_data"),
    ({"context": {}}, 400, 100, "message_id"),
]


@pytest.mark.parametrize(("changes", "status", "code", "names"), BAD_SENDS)
async def test_a_bad_send_is_refused_by_name(
    changes: dict[str, Any], status: int, code: int, names: str
) -> None:
    """Each rule's error has Meta's status and code, and names what is wrong."""
    async with bench() as b:
        await b.approve()
        answer = await b.send(**changes)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code)
        assert names in error["message"] + error.get("error_data", {}).get("details", "")
        assert error["type"] == "OAuthException"
        assert error["fbtrace_id"]
        assert (await b.counts())["accepted"] == 0


def buttons(*titles: str) -> dict[str, Any]:
    """Return an interactive message with reply buttons."""
    items = [{"type": "reply", "reply": {"id": t, "title": t}} for t in titles]
    return {"type": "button", "body": {"text": "?"}, "action": {"buttons": items}}


def rows(*sizes: int) -> dict[str, Any]:
    """Return an interactive list with sections of these sizes."""
    sections = [
        {"title": f"S{i}", "rows": [{"id": f"{i}.{j}", "title": "t"} for j in range(size)]}
        for i, size in enumerate(sizes)
    ]
    return {
        "type": "list",
        "body": {"text": "?"},
        "action": {"button": "Pick", "sections": sections},
    }


@pytest.mark.parametrize(
    ("interactive", "code"),
    [
        (buttons("Yes", "No", "Later"), 0),
        (buttons("a", "b", "c", "d"), 131009),
        (buttons("x" * 21), 131009),
        (buttons("same", "same"), 131009),
        (rows(5, 5), 0),
        (rows(6, 5), 131009),
        ({**rows(1), "header": {"type": "image", "image": {"id": "1"}}}, 100),
        ({**buttons("a"), "footer": {"text": "x" * 61}}, 100),
        ({"type": "flow", "body": {"text": "?"}, "action": {}}, 100),
        ({"type": "quiz", "body": {"text": "?"}, "action": {}}, 131051),
    ],
)
async def test_interactive_limits_hold(interactive: dict[str, Any], code: int) -> None:
    """Reply buttons and lists are accepted within Meta's limits and refused beyond."""
    async with bench() as b:
        answer = await b.send(type="interactive", interactive=interactive)
        assert answer.json().get("error", {}).get("code", 0) == code


async def test_tokens_and_ids_are_checked() -> None:
    """No or a bad token is 401/190, another account's 403/200, an unknown number 400/100/33."""
    async with bench() as b:
        await b.approve()
        path, body = f"/v26.0/{NUMBER}/messages", send_body()
        for header in ("", "Bearer nonsense"):
            answer = await b.graph.post(path, json=body, headers={"Authorization": header})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)
        other = (await b.graph.post("/sandbox/numbers", json={})).json()
        headers = {"Authorization": f"Bearer {other['access_token']}"}
        answer = await b.graph.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, 200)
        answer = await b.graph.post("/v26.0/399/messages", json=body)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)


@pytest.mark.parametrize("path", ["/v99.0/me", "/v26.0", "/nonsense/edge"])
async def test_unknown_paths_have_graphs_error(path: str) -> None:
    """An unknown version or path is a Graph error body, not a 404 page."""
    async with bench() as b:
        answer = await b.graph.get(path)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("Unknown path components")


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b"[" * 100_000])
async def test_malformed_bodies_have_graphs_error(body: bytes) -> None:
    """A body that is no JSON object is error 100."""
    async with bench() as b:
        headers = {"Content-Type": "application/json"}
        answer = await b.graph.post(f"/{NUMBER}/messages", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        ({"throughput": "STANDARD"}, 80),
        ({"is_on_biz_app": True}, 20),
        ({"throughput": "HIGH"}, 1000),
    ],
)
async def test_the_numbers_throughput_is_enforced(change: dict[str, Any], limit: int) -> None:
    """Beyond the number's rate sends are refused with 130429, until the second has passed."""
    async with bench() as b:
        await b.approve()
        await b.graph.post("/sandbox/numbers", json={"id": NUMBER, **change})
        codes = [(await b.send(to=to)).status_code for to in phones(limit + 3)]
        assert codes == [200] * limit + [400] * 3
        counts = await b.counts()
        assert (counts["refused"], counts["peak_in_1s"]) == ({"130429": 3}, limit)
        await b.clock.advance(1.0)
        assert (await b.send()).status_code == 200


async def test_inbound_messages_count_against_the_throughput() -> None:
    """Messages received take room of the same second as messages sent."""
    async with bench() as b:
        await b.approve()
        for to in phones(30):
            await b.write(to[1:])
        codes = [(await b.send(to=to)).status_code for to in phones(60)]
        assert codes == [200] * 50 + [400] * 10


async def test_the_pair_limit_holds_one_recipient_back() -> None:
    """The 46th message of a burst to one person is 131056; another person is not affected."""
    async with bench() as b:
        await b.approve()
        assert [(await b.send()).status_code for _ in range(45)] == [200] * 45
        assert (await b.send()).json()["error"]["code"] == 131056
        assert (await b.send(to="+15550222222")).status_code == 200
        await b.clock.advance(6.1)
        assert (await b.send()).status_code == 200


async def test_outside_the_window_a_text_is_accepted_and_fails() -> None:
    """A free-form message to someone who did not write is 200, then `failed` 131047."""
    async with bench() as b:
        await b.subscribe()
        wamid = (await b.text("+15550111111")).json()["messages"][0]["id"]
        await b.clock.advance(3)
        (status,) = b.receiver.statuses(wamid)
        assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)
        await b.write("15550111111")
        inside = (await b.text("+15550111111")).json()["messages"][0]["id"]
        await b.clock.advance(6)
        assert [s["status"] for s in b.receiver.statuses(inside)] == ["sent", "delivered", "read"]
        await b.clock.advance(86_400)
        late = (await b.text("+15550111111")).json()["messages"][0]["id"]
        await b.clock.advance(3)
        assert [s["status"] for s in b.receiver.statuses(late)] == ["failed"]


async def test_marking_read_covers_earlier_messages() -> None:
    """`status: read` marks the message and those before it; an unknown id is refused."""
    async with bench() as b:
        first = (await b.write("15550111111")).json()["id"]
        second = (await b.write("15550111111")).json()["id"]
        third = (await b.write("15550111111")).json()["id"]
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": second}
        typing = {**body, "typing_indicator": {"type": "text"}}
        answer = await b.graph.post(f"/{NUMBER}/messages", json=typing)
        assert answer.json() == {"success": True}
        inbound = b.simulation.world.inbound
        assert [inbound[i].read for i in (first, second, third)] == [True, True, False]
        answer = await b.graph.post(f"/{NUMBER}/messages", json={**body, "message_id": "wamid.no"})
        assert answer.json()["error"]["code"] == 131009


async def test_a_person_is_reached_by_user_id_alone() -> None:
    """`recipient` with a known BSUID sends; the answer then shows no phone number."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        await b.write("15550111111")
        await b.clock.advance(1)
        user_id = b.receiver.inbound()[0]["from_user_id"]
        body = send_body(recipient=user_id)
        del body["to"]
        answer = (await b.graph.post(f"/{NUMBER}/messages", json=body)).json()
        assert answer["contacts"] == [{"input": user_id, "user_id": user_id}]


ACCIDENTS = [
    (Faults(fail_sync=1), 400, 131026, 0),
    (Faults(throttle=1), 400, 130429, 0),
    (Faults(error_before_accept=1), 500, 131000, 0),
    (Faults(error_after_accept=1), 500, 131000, 1),
]


@pytest.mark.parametrize(("faults", "status", "code", "accepted"), ACCIDENTS)
async def test_faults_refuse_or_hide_an_acceptance(
    faults: Faults, status: int, code: int, accepted: int
) -> None:
    """Before acceptance nothing is sent; after it everything is, whatever the caller hears."""
    async with bench(faults=faults) as b:
        await b.subscribe()
        await b.approve()
        answer = await b.send()
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        await b.clock.advance(6)
        counts = await b.counts()
        assert counts["accepted"] == accepted
        assert counts["refused"] == ({} if accepted else {str(code): 1})
        assert len(b.receiver.statuses()) == 3 * accepted


async def test_a_call_limit_says_when_it_is_over() -> None:
    """80007 by accident comes with the header that tells when calls are taken again, as Meta's."""
    async with bench(faults=Faults(fail_sync=1, fail_code=80007)) as b:
        await b.approve()
        answer = await b.send()
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 80007)
        (usage,) = json.loads(answer.headers["X-Business-Use-Case-Usage"])[WABA]
        assert usage["estimated_time_to_regain_access"] == 1


async def test_an_acceptance_may_go_unheard() -> None:
    """With `timeout_after_accept` no answer comes for a minute and more; the message goes out."""
    async with bench(faults=Faults(timeout_after_accept=1)) as b:
        await b.subscribe()
        await b.approve()
        waiting = asyncio.ensure_future(b.send())
        await b.clock.advance(60)
        assert not waiting.done()
        assert len(b.receiver.statuses()) == 3
        await b.clock.advance(60)
        assert ((await waiting).status_code, (await b.counts())["accepted"]) == (504, 1)


@pytest.mark.parametrize(
    ("faults", "kinds"),
    [(Faults(fail=1), {200, 400, 500}), (Faults(fail_async=1), {200})],
)
async def test_failures_spread(faults: Faults, kinds: set[int]) -> None:
    """`fail` spreads over refusals, late failures and errors; `fail_async` has all three codes."""
    async with bench(faults=faults) as b:
        await b.approve()
        answers = {(await b.send(to=to)).status_code for to in phones(70)}
        await b.clock.advance(6)
        assert answers == kinds
        assert set((await b.counts())["failed"]) == {"131026", "131049", "131053"}


async def test_a_repeated_run_has_the_same_fates() -> None:
    """With a seed, who fails and who answers does not depend on the order or time of sending."""
    behaviour = Behaviour(answer=0.3, undeliverable=0.2, capped=0.1)
    faults = Faults(fail=0.3)
    ends = []
    for step, at in ((1, START), (-1, START + 12_345.6)):
        async with bench(behaviour, faults, at=at) as b:
            await b.approve()
            await b.graph.post("/sandbox/numbers", json={"id": NUMBER, "throughput": "HIGH"})
            answers = {}
            for to in list(phones(200))[::step]:
                answers[to] = (await b.send(to=to)).status_code
            await b.clock.advance(10)
            messages = b.simulation.world.messages.values()
            fates = {m.wa_id: (m.status, m.error_code) for m in messages}
            counts = await b.counts()
            ends.append((answers, fates, counts["answers"], counts["refused"]))
    assert ends[0] == ends[1]
    assert {status for status, _ in ends[0][1].values()} == {"delivered", "failed", "read"}


async def test_quality_of_a_disconnected_number() -> None:
    """A deregistered number cannot send (133010) until it is registered again with its PIN."""
    async with bench(QUIET) as b:
        await b.approve()
        register = {"messaging_product": "whatsapp", "pin": "123456"}
        assert (await b.graph.post(f"/{NUMBER}/register", json=register)).json()["success"]
        await b.graph.post(f"/{NUMBER}/deregister")
        assert (await b.send()).json()["error"]["code"] == 133010
        wrong = await b.graph.post(f"/{NUMBER}/register", json={**register, "pin": "654321"})
        assert wrong.json()["error"]["code"] == 133005
        await b.graph.post(f"/{NUMBER}/register", json=register)
        assert (await b.send()).status_code == 200
        assert (await b.graph.get(f"/{WABA}")).status_code == 200
