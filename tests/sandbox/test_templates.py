"""Templates: what may be created, how it is reviewed, and what a send must give."""

from typing import Any

import pytest

from .bench import NUMBER, WABA, bench, body_component, send_body, template

pytestmark = pytest.mark.anyio


def with_parts(*extra: dict[str, Any]) -> dict[str, Any]:
    """Return a template request with a plain body and other components."""
    return template(components=[body_component("Your order is on its way."), *extra])


def with_buttons(*buttons: dict[str, Any]) -> dict[str, Any]:
    """Return a template request with buttons."""
    return with_parts({"type": "BUTTONS", "buttons": list(buttons)})


REPLY = {"type": "QUICK_REPLY", "text": "Stop"}
LINK = {"type": "URL", "text": "Go", "url": "https://ex.com/{{1}}", "example": ["https://ex.com/1"]}
CALL = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"}

BAD: list[tuple[dict[str, Any], int]] = [
    (template(name="Has Capitals"), 0),
    (template(language="en-US"), 0),
    (template(category="PROMO"), 0),
    (template(parameter_format="OTHER"), 0),
    (template(components=[]), 2388043),
    (template(components="{"), 0),
    (template(components=[body_component("x" * 1025)]), 2388040),
    (template(components=[body_component("Hi {{2}}, there is news.", "a")]), 2388072),
    (template(components=[body_component("Hi {{1}, there is news.", "a")]), 2388072),
    (template(components=[body_component("{{1}} has news for you.", "a")]), 2388299),
    (template(components=[body_component("News for you, {{1}}", "a")]), 2388299),
    (template(components=[body_component("Hi {{1}} {{2}} now.", "a", "b")]), 2388299),
    (template(components=[body_component("a {{1}} - {{2}} - {{3}} b.", "a", "b", "c")]), 2388293),
    (template(components=[body_component("Hi {{1}}, there is news.")]), 2388043),
    (template(components=[body_component("Hi {{name}}, news today.", "a")]), 2388072),
    (with_parts({"type": "HEADER", "format": "TEXT", "text": "x" * 61}), 2388040),
    (with_parts({"type": "HEADER", "format": "IMAGE"}), 2388273),
    (with_parts({"type": "FOOTER", "text": "Hi {{1}}"}), 2388073),
    (with_parts({"type": "FOOTER", "text": "x" * 61}), 2388040),
    (with_parts({"type": "CODA", "text": "x"}), 0),
    (with_buttons(), 0),
    (with_buttons({"type": "QUICK_REPLY", "text": "x" * 26}), 2388040),
    (with_buttons(LINK, LINK, LINK), 2388060),
    (with_buttons(CALL, CALL), 2388060),
    (with_buttons(REPLY, CALL, REPLY), 2388061),
    (with_buttons({**LINK, "url": "https://ex.com/{{1}}/x"}), 2388074),
    (with_buttons({**LINK, "example": []}), 2388043),
    (template(category="AUTHENTICATION"), 2388042),
]


@pytest.mark.parametrize(("request_body", "subcode"), BAD)
async def test_a_bad_template_is_refused(request_body: dict[str, Any], subcode: int) -> None:
    """Every constraint is error 100, with Meta's subcode and words for people where it has them."""
    async with bench() as b:
        answer = await b.graph.post(f"/{WABA}/message_templates", json=request_body)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error.get("error_subcode", 0)) == (
            400,
            100,
            subcode,
        )
        assert bool(error.get("error_user_msg")) == bool(subcode)
        assert b.simulation.world.templates == {}


async def test_a_template_is_reviewed_and_told() -> None:
    """Created PENDING, unusable; approved after `review_s` with a webhook; then usable."""
    async with bench() as b:
        await b.subscribe()
        made = (await b.graph.post(f"/{WABA}/message_templates", json=template())).json()
        assert (made["status"], made["category"]) == ("PENDING", "MARKETING")
        early = await b.send()
        assert (early.status_code, early.json()["error"]["code"]) == (404, 132001)
        await b.clock.advance(1.2)
        (value,) = b.receiver.values("message_template_status_update")
        assert value == {
            "event": "APPROVED",
            "message_template_id": int(made["id"]),
            "message_template_name": "hello",
            "message_template_language": "en_US",
            "reason": "NONE",
            "message_template_category": "MARKETING",
        }
        assert (await b.send()).status_code == 200
        again = await b.graph.post(f"/{WABA}/message_templates", json=template())
        assert again.json()["error"]["error_subcode"] == 2388024


@pytest.mark.parametrize(
    ("category", "text", "status", "ends_in"),
    [
        ("UTILITY", "Your parcel arrives today.", "APPROVED", "UTILITY"),
        ("UTILITY", "Get 20% off everything today.", "APPROVED", "MARKETING"),
        ("MARKETING", "See bit.ly/abc for more.", "REJECTED", "MARKETING"),
        ("UTILITY", "Please send us your password now.", "REJECTED", "UTILITY"),
        ("UTILITY", "Pay today, you idiot, or else.", "REJECTED", "UTILITY"),
        ("UTILITY", "Use this verification code to log in.", "REJECTED", "UTILITY"),
        ("MARKETING", "Зимняя распродажа началась сегодня.", "REJECTED", "MARKETING"),
    ],
)
async def test_review_follows_its_rules(
    category: str, text: str, status: str, ends_in: str
) -> None:
    """Promotion turns UTILITY into MARKETING; what Meta's policies forbid is rejected and told."""
    async with bench() as b:
        await b.subscribe()
        template_id = await b.approve(category=category, components=[body_component(text)])
        fields = {"fields": "status,category,rejected_reason"}
        shown = (await b.graph.get(f"/{template_id}", params=fields)).json()
        assert (shown["status"], shown["category"]) == (status, ends_in)
        (value,) = b.receiver.values("message_template_status_update")
        assert (value["event"], value["reason"]) == (status, shown["rejected_reason"])


async def test_a_person_may_decide_a_review() -> None:
    """The control API pauses (132015), disables (132016) and approves; other words are refused."""
    async with bench() as b:
        await b.subscribe()
        template_id = await b.approve()
        path = f"/sandbox/templates/{template_id}/review"
        for decision, code in (("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)):
            await b.graph.post(path, json={"decision": decision})
            assert (await b.send()).json()["error"]["code"] == code
        await b.graph.post(path, json={"decision": "APPROVED"})
        assert (await b.send()).status_code == 200
        assert (await b.graph.post(path, json={"decision": "MAYBE"})).status_code == 422
        assert (await b.graph.post("/sandbox/templates/1/review", json={})).status_code == 404


async def test_templates_are_listed_edited_and_deleted() -> None:
    """Lists filter, select fields and page to the end; an edit is reviewed; a delete is final."""
    async with bench() as b:
        for name in ("one", "two", "three"):
            await b.approve(name)
        path: str | None = f"http://graph.test/v26.0/{WABA}/message_templates?limit=2&fields=name"
        names = []
        while path:
            page = (await b.graph.get(path)).json()
            names += [item["name"] for item in page["data"]]
            assert all(set(item) == {"name", "id"} for item in page["data"])
            path = page.get("paging", {}).get("next")
        assert names == ["three", "two", "one"]
        listed = f"/{WABA}/message_templates"
        only = (await b.graph.get(listed, params={"name": "two", "status": "approved"})).json()
        assert [item["name"] for item in only["data"]] == ["two"]
        assert (await b.graph.get(listed, params={"status": "PENDING"})).json() == {"data": []}
        template_id = only["data"][0]["id"]
        change = {"components": [body_component("Other words today.")]}
        assert (await b.graph.post(f"/{template_id}", json=change)).json()["success"]
        assert (await b.graph.get(f"/{template_id}")).json()["status"] == "PENDING"
        assert (await b.graph.post(f"/{template_id}", json=change)).status_code == 400
        await b.clock.advance(1.2)
        once_more = await b.graph.post(f"/{template_id}", json=change)
        assert once_more.json()["error"]["error_user_title"] == "Edit limit reached"
        assert (await b.graph.delete(listed, params={"name": "two"})).json() == {"success": True}
        assert (await b.graph.get(f"/{template_id}")).status_code == 400
        assert (await b.graph.delete(listed, params={"name": "two"})).status_code == 400
        for bad in ({"limit": "0"}, {"after": "%%"}, {"fields": "nonsense"}):
            assert (await b.graph.get(listed, params=bad)).json()["error"]["code"] == 100


FULL = template(
    name="full",
    parameter_format="NAMED",
    components=[
        {
            "type": "HEADER",
            "format": "TEXT",
            "text": "Order {{order}}",
            "example": {"header_text_named_params": [{"param_name": "order", "example": "7"}]},
        },
        {
            "type": "BODY",
            "text": "Hi {{name}}, it ships on {{day}} to you.",
            "example": {
                "body_text_named_params": [
                    {"param_name": "name", "example": "Ana"},
                    {"param_name": "day", "example": "Monday"},
                ]
            },
        },
        {"type": "BUTTONS", "buttons": [REPLY, LINK]},
    ],
)


def text(value: object, name: str | None = None) -> dict[str, Any]:
    """Return a text parameter."""
    return {"type": "text", "text": value, **({"parameter_name": name} if name else {})}


HEADER = {"type": "header", "parameters": [text("7", "order")]}
BODY = {"type": "body", "parameters": [text("Mo", "day"), text("Ana", "name")]}
URL = {"type": "button", "sub_type": "url", "index": "1", "parameters": [text("x")]}
PAYLOAD = {
    "type": "button",
    "sub_type": "quick_reply",
    "index": 0,
    "parameters": [{"type": "payload", "payload": "P"}],
}


def body_with(*parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the components of a send with these body parameters."""
    return [HEADER, {"type": "body", "parameters": list(parameters)}, URL]


NAME = text("Ana", "name")
SENDS: list[tuple[list[dict[str, Any]], int]] = [
    ([HEADER, BODY, URL], 0),
    ([HEADER, BODY, URL, PAYLOAD], 0),
    ([BODY, URL], 132000),
    (body_with(NAME), 132000),
    (body_with(NAME, text("x"), text("y")), 132000),
    (body_with(NAME, text("Mo")), 132012),
    (body_with(NAME, text("Mo", "weekday")), 132012),
    (body_with(NAME, NAME), 132012),
    (body_with(NAME, {"type": "image", "parameter_name": "day", "image": {"id": "1"}}), 132012),
    (body_with(NAME, text("", "day")), 131008),
    (body_with(NAME, text("a\nb", "day")), 132018),
    (body_with(NAME, text("a     b", "day")), 132018),
    (body_with(NAME, text("x" * 1024, "day")), 132005),
    ([HEADER, BODY], 131008),
    ([HEADER, BODY, {**URL, "index": "5"}], 132018),
    ([HEADER, BODY, {**URL, "index": "0"}], 132018),
    ([HEADER, BODY, {**URL, "parameters": []}], 132000),
    ([HEADER, BODY, {**URL, "parameters": [{"type": "payload", "payload": "x"}]}], 132012),
    ([HEADER, BODY, URL, {"type": "footer"}], 100),
]


@pytest.mark.parametrize(("components", "code"), SENDS)
async def test_parameters_must_fit(components: list[dict[str, Any]], code: int) -> None:
    """Counts, names, formats, spaces, lengths and buttons are checked with Meta's codes."""
    async with bench() as b:
        await b.approve(**FULL)
        sent = {"name": "full", "language": {"code": "en_US"}, "components": components}
        answer = await b.send(template=sent)
        assert answer.json().get("error", {}).get("code", 0) == code


@pytest.mark.parametrize(
    ("name", "language"), [("absent", "en_US"), ("hello", "en"), ("hello", "pt_BR")]
)
async def test_name_and_language_must_match_exactly(name: str, language: str) -> None:
    """Another name, or the name in another language, is 404 / 132001 and never falls back."""
    async with bench() as b:
        await b.approve()
        answer = await b.send(template={"name": name, "language": {"code": language}})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, 132001)


async def test_a_one_time_password_is_sent() -> None:
    """An authentication template takes the code in body and button, 15 characters at most."""
    components = [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
    ]
    async with bench() as b:
        await b.approve("otp", category="AUTHENTICATION", components=components)

        async def send(code: str) -> int:
            button = {"type": "button", "sub_type": "url", "index": "0", "parameters": [text(code)]}
            given = [{"type": "body", "parameters": [text(code)]}, button]
            sent = {"name": "otp", "language": {"code": "en_US"}, "components": given}
            return (await b.send(template=sent)).status_code

        assert await send("123456") == 200
        assert await send("1" * 16) == 400


async def test_a_media_header_takes_the_numbers_own_media() -> None:
    """An image header wants an image that the number uploaded; anything else is refused."""
    header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}}
    async with bench() as b:
        await b.approve("pic", components=[header, body_component("Look at this today.")])
        upload = {"messaging_product": "whatsapp", "type": "image/png"}
        files = {"file": ("a.png", b"\x89PNG", "image/png")}
        made = await b.graph.post(f"/{NUMBER}/media", data=upload, files=files)

        async def send(*parameters: dict[str, Any]) -> int:
            given = [{"type": "header", "parameters": list(parameters)}]
            sent = {"name": "pic", "language": {"code": "en_US"}, "components": given}
            answer = await b.graph.post(f"/{NUMBER}/messages", json=send_body(template=sent))
            return int(answer.json().get("error", {}).get("code", 0))

        assert await send({"type": "image", "image": {"id": made.json()["id"]}}) == 0
        assert await send({"type": "image", "image": {"id": "123"}}) == 100
        assert await send({"type": "video", "video": {"id": made.json()["id"]}}) == 132012
        assert await send() == 132012
