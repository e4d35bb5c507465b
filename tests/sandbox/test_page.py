"""The pages, without a browser: what they show, that they escape it, and that they answer."""

import pytest

from .bench import NUMBER, bench, body_component, template

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
