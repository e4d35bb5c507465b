"""Sends with a rule of their own: links, reactions, Direct Send, marketing API, user ids."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .bench import NUMBER, START, WABA, Bench, bench, send_body

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
PERSON = "15550111111"


class Files:
    """A web server with files; counts how often each path is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def serve(self, request: Request) -> Response:
        """Answer with a picture, a file that is too large, a text, or nothing."""
        path = request.url.path
        self.asked.append(path)
        if path == "/gone.png":
            return Response(status_code=404)
        content = {"/big.png": PNG + b"x" * 5 * 1024 * 1024, "/page.png": b"<html>"}.get(path, PNG)
        kind = "text/html" if path == "/page.png" else "application/octet-stream"
        return Response(content, media_type=kind)


def with_files(b: Bench) -> Files:
    """Let the sandbox fetch links from a web server of the test."""
    files = Files()
    app = Starlette(routes=[Route("/{path:path}", files.serve)])
    b.simulation.links.client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    return files


async def image(b: Bench, url: str) -> list[dict[str, Any]]:
    """Send a picture by link and return the statuses that follow."""
    answer = await b.send(type="image", image={"link": url})
    assert answer.status_code == 200, answer.text
    await b.clock.advance(8)
    return b.receiver.statuses(answer.json()["messages"][0]["id"])


async def test_a_link_is_fetched_once_in_ten_minutes() -> None:
    """A picture by link is sent after its fetch, and the next within ten minutes without one."""
    async with bench() as b:
        files = with_files(b)
        await b.subscribe()
        await b.write(PERSON)
        for _ in range(3):
            statuses = await image(b, "https://files.test/a.png")
            assert [s["status"] for s in statuses] == ["sent", "delivered", "read"]
        assert files.asked == ["/a.png"]
        await b.clock.advance(600)
        await image(b, "https://files.test/a.png")
        assert files.asked == ["/a.png"] * 2


@pytest.mark.parametrize("path", ["gone.png", "big.png", "page.png"])
async def test_a_link_without_a_file_fails_later(path: str) -> None:
    """A link that is gone, too large or of another type is accepted and fails with 131053."""
    async with bench() as b:
        with_files(b)
        await b.subscribe()
        await b.write(PERSON)
        (status,) = await image(b, f"https://files.test/{path}")
        assert (status["status"], status["errors"][0]["code"]) == ("failed", 131053)
        assert status["errors"][0]["error_data"]["details"]


async def test_a_file_of_another_kind_fails_later() -> None:
    """An uploaded picture sent as a video is accepted and fails with 131053."""
    async with bench() as b:
        await b.subscribe()
        await b.write(PERSON)
        upload = {"messaging_product": "whatsapp", "type": "image/png"}
        files = {"file": ("a.png", PNG, "image/png")}
        media = (await b.graph.post(f"/{NUMBER}/media", data=upload, files=files)).json()["id"]
        wamid = await b.sent_id(type="video", video={"id": media})
        await b.clock.advance(2)
        (status,) = b.receiver.statuses(wamid)
        assert status["errors"][0]["code"] == 131053
        assert "image/png" in status["errors"][0]["error_data"]["details"]


async def test_a_reaction_needs_a_recent_message() -> None:
    """A reaction to a message of the thread is `sent` and no more; to anything else it fails."""
    async with bench() as b:
        await b.subscribe()
        target = (await b.write(PERSON)).json()["id"]

        async def react(message_id: str) -> list[str]:
            reaction = {"message_id": message_id, "emoji": "👍"}
            wamid = await b.sent_id(type="reaction", reaction=reaction)
            await b.clock.advance(5)
            found = b.receiver.statuses(wamid)
            return [str(s.get("errors", [{"code": s["status"]}])[0]["code"]) for s in found]

        assert await react(target) == ["sent"]
        assert await react("wamid.unknown") == ["131009"]
        await b.clock.advance(31 * 86_400)
        await b.write(PERSON)
        assert await react(target) == ["131009"]


async def test_direct_send_needs_no_template() -> None:
    """A utility text goes out with no window open, is priced so, and names its hidden template."""
    async with bench() as b:
        await b.subscribe()
        direct = {"type": "text", "text": {"body": "Your parcel is here."}, "category": "utility"}
        wamid = await b.sent_id(**direct, ttl_seconds=60)
        await b.clock.advance(6)
        sent = b.receiver.statuses(wamid)[0]
        assert (sent["status"], sent["pricing"]["category"]) == ("sent", "utility")
        asked = {"source": "AUTO_GENERATED"}
        hidden = (await b.graph.get(f"/{WABA}/message_templates", params=asked)).json()["data"]
        assert [t["id"] for t in hidden] == [sent["template_id"]]
        assert (await b.graph.get(f"/{WABA}/message_templates")).json()["data"] == []
        for bad in (
            {**direct, "category": "marketing"},
            {**direct, "ttl_seconds": 5},
            {"type": "text", "text": {"body": "x"}, "ttl_seconds": 60},
        ):
            assert (await b.send(**bad)).json()["error"]["code"] == 100


async def test_the_marketing_api_takes_marketing_templates() -> None:
    """Other messages are 131055 and other templates 134100; the price is marketing_lite."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        await b.approve("parcel", category="UTILITY")
        path = f"/v26.0/{NUMBER}/marketing_messages"

        async def post(**changes: Any) -> dict[str, Any]:
            body = send_body(message_activity_sharing=True, product_policy="STRICT", **changes)
            return dict((await b.graph.post(path, json=body)).json())

        wamid = (await post())["messages"][0]["id"]
        await b.clock.advance(5)
        assert b.receiver.statuses(wamid)[0]["pricing"]["category"] == "marketing_lite"
        assert (await post(type="text", text={"body": "x"}))["error"]["code"] == 131055
        utility = {**send_body()["template"], "name": "parcel"}
        assert (await post(template=utility))["error"]["code"] == 134100
        waba = b.simulation.world.wabas[WABA]
        waba.disable_marketing_messages_on_cloud_api = True
        assert (await b.send()).json()["error"]["code"] == 131063
        waba.marketing_messages_onboarding_status = "ELIGIBLE"
        assert (await post())["error"]["code"] == 134102
        asked = {"fields": "marketing_messages_onboarding_status"}
        shown = (await b.graph.get(f"/{WABA}", params=asked)).json()
        assert shown["marketing_messages_onboarding_status"] == "ELIGIBLE"


async def test_a_priced_template_has_its_own_route() -> None:
    """A template with a maximum price is 131061 on /messages and 131062 to a user id."""
    async with bench() as b:
        template_id = await b.approve()
        await b.write(PERSON)
        spec = {"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 100}
        b.simulation.world.templates[template_id].optimization_spec = spec
        assert (await b.send()).json()["error"]["code"] == 131061
        body = send_body(recipient=b.simulation.world.user_id_for(NUMBER, PERSON))
        del body["to"]
        answer = await b.graph.post(f"/{NUMBER}/marketing_messages", json=body)
        assert answer.json()["error"]["code"] == 131062


async def test_an_identity_key_must_match() -> None:
    """The hash that webhooks tell is accepted; once the person's key has changed it is 137000."""
    async with bench() as b:
        await b.approve()
        await b.subscribe()
        check = {"user_identity_change": {"enable_identity_key_check": True}}
        await b.graph.post(f"/{NUMBER}/settings", json=check)
        await b.write(PERSON)
        await b.clock.advance(1)
        now = b.receiver.values()[0]["contacts"][0]["identity_key_hash"]
        assert (await b.send(recipient_identity_key_hash=now)).status_code == 200
        b.simulation.world.serial(f"identity|{PERSON}")
        refused = await b.send(recipient_identity_key_hash=now)
        assert refused.json()["error"]["code"] == 137000


async def test_both_recipients_are_answered_in_full() -> None:
    """With a phone and a user id the phone wins and the answer carries both."""
    async with bench(at=START) as b:
        await b.approve()
        user_id = b.simulation.world.user_id_for(NUMBER, PERSON)
        answer = (await b.send(recipient=user_id)).json()
        assert answer["contacts"] == [
            {"input": "+15550111111", "wa_id": PERSON, "user_id": user_id}
        ]
        unknown = send_body(recipient="US.1")
        del unknown["to"]
        refused = await b.graph.post(f"/{NUMBER}/messages", json=unknown)
        assert refused.json()["error"]["code"] == 131009
