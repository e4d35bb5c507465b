"""The pages, without a browser: what they show, that they escape it, and that they answer."""

import pytest

from sandbox.page.actions import KINDS, PERSON

from .bench import NUMBER, WABA, bench, body_component, template

pytestmark = pytest.mark.anyio

NASTY = "<img src=x onerror=alert(1)>\"'"


async def test_an_empty_sandbox_says_what_to_do() -> None:
    """The first page explains itself before anybody has a conversation."""
    async with bench() as b:
        page = await b.graph.get("/")
        assert "Nobody yet" in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        for name in ("live.js", "style.css"):
            assert (await b.graph.get(f"/static/{name}")).status_code == 200


async def test_everything_from_messages_is_escaped() -> None:
    """Markup in a template, a parameter, a text or a search is shown, not obeyed."""
    parts = [body_component(f"Hi {{{{1}}}}, {NASTY} to you."), {"type": "FOOTER", "text": NASTY}]
    parts[0]["example"] = {"body_text": [["Ana"]]}
    async with bench() as b:
        await b.approve(components=parts)
        parameters = [{"type": "text", "text": NASTY}]
        given = [{"type": "body", "parameters": parameters}]
        sent = {"name": "hello", "language": {"code": "en_US"}, "components": given}
        wamid = await b.sent_id(template=sent)
        await b.write("15550111111", NASTY, context_message_id=wamid)
        for path in ("/phones/15550111111", f"/?q={NASTY}", "/", "/phones/15550111111?part"):
            page = await b.graph.get(path)
            assert page.status_code == 200
            assert "<img src=x" not in page.text
        assert "&lt;img src=x" in (await b.graph.get("/phones/15550111111")).text


async def test_a_template_looks_as_it_was_sent() -> None:
    """Variables are filled in, marks are set, buttons can be tapped, and the tap arrives."""
    components = [
        {"type": "HEADER", "format": "TEXT", "text": "Winter"},
        body_component("Hi {{1}}, *warm* boots are back.", "Ana"),
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop"}]},
    ]
    async with bench() as b:
        await b.subscribe()
        await b.graph.post("/sandbox/reset", json={"everything": True})
        await b.subscribe()
        await b.approve(**template(components=components))
        wamid = await b.sent_id()
        await b.clock.advance(6)
        page = (await b.graph.get("/phones/15550111111")).text
        assert "Hi Ana, <strong>warm</strong> boots are back." in page
        assert 'aria-label="read"' in page
        form = {"number": NUMBER, "message": wamid, "choice": "0"}
        answer = await b.graph.post("/phones/15550111111/messages", data=form)
        assert answer.status_code == 303
        await b.clock.advance(1)
        (tapped,) = b.receiver.inbound()
        assert tapped["button"] == {"payload": "Stop", "text": "Stop"}
        assert tapped["context"]["id"] == wamid
        for bad, status in (({"choice": "9"}, 422), ({"message": "wamid.no"}, 404)):
            answer = await b.graph.post("/phones/15550111111/messages", data={**form, **bad})
            assert answer.status_code == status


async def test_list_rows_and_buttons_reply() -> None:
    """A row of a list is answered as a list reply."""
    row = {"id": "s", "title": "Small", "description": "38 to 40"}
    action = {"button": "Sizes", "sections": [{"title": "All", "rows": [row]}]}
    interactive = {"type": "list", "body": {"text": "Which size?"}, "action": action}
    async with bench() as b:
        await b.subscribe()
        wamid = await b.sent_id(type="interactive", interactive=interactive)
        form = {"number": NUMBER, "message": wamid, "choice": "0"}
        await b.graph.post("/phones/15550111111/messages", data=form)
        await b.clock.advance(1)
        (reply,) = b.receiver.inbound()
        assert reply["interactive"] == {"type": "list_reply", "list_reply": row}
        assert "Small" in (await b.graph.get("/phones/15550111111?part")).text


async def test_typing_and_searching() -> None:
    """A typed answer arrives; people are found by name or number; unknown phones are 404."""
    async with bench() as b:
        await b.subscribe()
        form = {"number": NUMBER, "text": "Olá 👋"}
        assert (await b.graph.post("/phones/5511955501234/messages", data=form)).status_code == 303
        await b.write("972501234567")
        await b.clock.advance(1)
        assert b.receiver.inbound()[0]["text"] == {"body": "Olá 👋"}
        page = (await b.graph.get("/", params={"q": "+55 11", "part": "1"})).text
        assert "5511955501234" in page
        assert "972501234567" not in page
        empty = await b.graph.post("/phones/5511955501234/messages", data={"text": " "})
        assert empty.status_code == 422
        for path in ("/phones/abc", "/phones/15550111111?number=1"):
            assert (await b.graph.get(path)).status_code == 404


async def test_every_kind_of_message_can_be_shown() -> None:
    """Each type that can be sent has a look of its own on the phone."""
    card = {"name": {"formatted_name": "Bia Reis", "first_name": "Bia"}}
    place = {"latitude": 1.5, "longitude": "2", "name": "Shop"}
    flow = {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://ex.com"}}
    kinds = {
        "contacts": ([card], "Bia Reis"),
        "location": (place, "Shop"),
        "video": ({"link": "https://ex.com/v.mp4"}, "https://ex.com/v.mp4"),
        "reaction": ({"message_id": "wamid.x", "emoji": "👍"}, "Reacted 👍"),
        "interactive": (
            {"type": "cta_url", "body": {"text": "See"}, "action": flow},
            "https://ex.com",
        ),
    }
    async with bench() as b:
        for kind, (content, shown) in kinds.items():
            await b.sent_id(**{"type": kind, kind: content})
            assert shown in (await b.graph.get("/phones/15550111111?part")).text
        assert (await b.graph.get("/")).status_code == 200


async def test_scenarios_are_done_from_the_page() -> None:
    """Every kind of thing has its row, and its action does what the control API does."""
    async with bench() as b:
        await b.subscribe()
        b.simulation.world.app.fields = []
        template_id = await b.approve()
        page = (await b.graph.get("/scenarios")).text
        for words in ("hello (en_US)", "+1 555 010 0001", "TIER_UNLIMITED", "stand"):
            assert words in page

        async def act(path: str, **form: str) -> int:
            answer = await b.graph.post(f"/scenarios/{path}", data=form)
            await b.clock.advance(0.5)
            return answer.status_code

        assert await act(f"templates/{template_id}", do="pause-for-low-quality") == 303
        assert "PAUSED" in (await b.graph.get("/scenarios?part")).text
        assert await act(f"accounts/{WABA}", do="limit-tier-2k") == 303
        assert await act(f"numbers/{NUMBER}", do="quality-red") == 303
        assert await act("tokens/EAAsandboxaccesstoken", do="revoke") == 303
        assert (await b.graph.get(f"/{WABA}")).status_code == 401
        assert await act("tokens/EAAsandboxaccesstoken", do="let-it-work-again") == 303
        person = {"wa_id": "+15550111111", "number": NUMBER}
        for name in PERSON:
            assert await act("people/one", do=name, new_wa_id="15550122222", **person) == 303, name
        phone = (await b.graph.get("/phones/15550111111")).text
        assert "Like this?" in phone
        before = b.clock.now()
        assert await act("clock/now", do="a-day-on") == 303
        assert b.clock.now() >= before + 86_400
        assert await act("settings/faults", text="duplicate=0.2") == 303
        assert b.simulation.faults.duplicate == 0.2
        assert await act("settings/behaviour", text="read=0.1") == 303
        assert 'value="read=0.1"' in (await b.graph.get("/scenarios")).text
        for path, form in (
            ("settings/faults", {"text": "fial=1"}),
            ("people/one", {**person, "wa_id": "abc", "do": "sends-a-video"}),
            ("clock/now", {"do": "yesterday"}),
            (f"templates/{template_id}", {"do": ""}),
        ):
            assert await act(path, **form) == 422
        assert await act("templates/1", do="approve") == 404
        fields = {change["field"] for body in b.receiver.bodies for entry in body["entry"]
                  for change in entry["changes"]}  # fmt: skip
        assert fields >= {
            "message_template_status_update",
            "business_capability_update",
            "phone_number_quality_update",
            "user_preferences",
            "smb_message_echoes",
            "history",
            "messages",
        }


def test_every_action_of_the_page_has_a_name_of_its_own() -> None:
    """No two actions of a kind hide each other, and each has words for everybody."""
    for table in KINDS.values():
        assert len({action.label for action in table.values()}) == len(table) > 2


async def test_scenarios_escape_what_they_show() -> None:
    """A name with markup in it is shown, not obeyed."""
    async with bench() as b:
        body = {"id": NUMBER, "verified_name": NASTY, "display_phone_number": NASTY}
        await b.graph.post("/sandbox/numbers", json=body)
        page = (await b.graph.get("/scenarios")).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
