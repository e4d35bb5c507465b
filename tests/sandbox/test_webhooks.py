"""Webhooks: exact bytes, contents, order, batches, retries, precedence, and their accidents."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from sandbox.rules.pricing import month_of
from sandbox.settings import Behaviour, Faults
from sandbox.webhooks.wire import encode, signature

from .bench import NUMBER, PAYLOADS, QUIET, START, WABA, bench, phones

pytestmark = pytest.mark.anyio

VECTORS = json.loads((PAYLOADS / "_signature_vectors.json").read_text())


@pytest.mark.parametrize("name", sorted(VECTORS["files"]))
def test_bytes_and_signature_are_metas(name: str) -> None:
    """Encoding a payload gives the recorded bytes, and signing them the recorded header."""
    wire = (PAYLOADS / name).read_bytes()
    assert encode(json.loads(wire)).encode() == wire
    wanted = VECTORS["files"][name]["X-Hub-Signature-256"]
    assert signature(VECTORS["app_secret"], wire) == wanted


TEXTS = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, JSON, max_size=5))
def test_the_encoding_loses_nothing(payload: dict[str, object]) -> None:
    """Any payload is ASCII on the wire, with every slash escaped, and parses back to itself."""
    text = encode(payload)
    assert text.isascii()
    assert json.loads(text) == payload
    assert text.replace("\\/", "").count("/") == 0


async def test_a_message_is_sent_delivered_and_read() -> None:
    """The three statuses arrive with callback data, Meta's contacts, and pricing twice."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        wamid = await b.sent_id()
        await b.clock.advance(6)
        sent, delivered, read = b.receiver.statuses(wamid)
        assert [s["status"] for s in (sent, delivered, read)] == ["sent", "delivered", "read"]
        price = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "marketing",
        }
        assert (sent["pricing"], delivered["pricing"]) == (price, price)
        assert "pricing" not in read
        for status in (sent, delivered, read):
            assert status["biz_opaque_callback_data"] == "p1.cmp.ten.con.msg"
            assert status["recipient_id"] == "15550111111"
            assert isinstance(status["timestamp"], str)
        values = b.receiver.values()
        assert [list(v) for v in values] == [
            ["messaging_product", "metadata", "contacts", "statuses"]
        ] * 3
        assert "profile" not in values[0]["contacts"][0]
        assert values[1]["contacts"][0]["profile"]["name"]
        assert values[0]["metadata"] == {
            "display_phone_number": "15550100001",
            "phone_number_id": NUMBER,
        }
        headers = b.receiver.headers[-1]
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"] == "facebookexternalua"


async def test_a_failed_status_has_an_error_and_no_contact() -> None:
    """An undeliverable person gives one `failed` with 131026 in Meta's form."""
    async with bench(Behaviour(undeliverable=1)) as b:
        await b.subscribe()
        await b.approve()
        await b.send()
        await b.clock.advance(6)
        (value,) = b.receiver.values()
        assert "contacts" not in value
        (status,) = value["statuses"]
        sample = json.loads((PAYLOADS / "status_failed_131026_undeliverable.json").read_text())
        wanted = sample["entry"][0]["changes"][0]["value"]["statuses"][0]
        assert status["errors"] == wanted["errors"]
        assert set(status) == {*wanted, "biz_opaque_callback_data"}


async def test_a_person_answers_in_their_own_words() -> None:
    """Who answers has read; the answer arrives as a text and is counted for its campaign."""
    async with bench(Behaviour(read=1, answer=1, undeliverable=0, capped=0)) as b:
        await b.subscribe()
        await b.approve()
        await b.send(to="+5511955501234")
        await b.clock.advance(10)
        (message,) = b.receiver.inbound()
        assert (message["from"], message["type"]) == ("5511955501234", "text")
        assert message["text"]["body"] in {
            "Obrigado!",
            "Ainda tem?",
            "Sim, por favor",
            "Quanto é a entrega? 🚚",
        }
        assert (await b.counts(callback_prefix="p1.cmp"))["answers"] == 1
        assert (await b.counts(callback_prefix="p1.other"))["answers"] == 0


OCTOBER = datetime(2026, 10, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("at", "earlier", "kind"),
    [
        (OCTOBER - 3600, 5000, "free_customer_service"),
        (OCTOBER, 999, "free_customer_service"),
        (OCTOBER, 1000, "regular"),
    ],
)
async def test_service_messages_cost_since_october_2026(at: float, earlier: int, kind: str) -> None:
    """Free before; then free for the first 1,000 of the number's month."""
    async with bench(at=at) as b:
        await b.subscribe()
        month = month_of(at, "1")
        b.simulation.world.counters[f"service|{NUMBER}|{month}"] = earlier
        await b.write("15550111111")
        await b.text("+15550111111")
        await b.clock.advance(1)
        pricing = b.receiver.statuses()[0]["pricing"]
        assert (pricing["billable"], pricing["type"], pricing["category"]) == (
            kind == "regular",
            kind,
            "service",
        )


@pytest.mark.parametrize(("size", "largest"), [(1, 1), (7, 7), (1000, 60)])
async def test_updates_due_together_share_a_post(size: int, largest: int) -> None:
    """No POST has more than `batch` updates, and none is lost or doubled by batching."""
    same = replace(
        QUIET,
        read=0.0,
        batch=size,
        sent_from_s=0.1,
        sent_to_s=0.1,
        delivered_from_s=0.5,
        delivered_to_s=0.5,
    )
    async with bench(same) as b:
        await b.subscribe()
        await b.approve()
        b.receiver.bodies.clear()
        ids = {await b.sent_id(to=to) for to in phones(60)}
        await b.clock.advance(3)
        sizes = [
            sum(len(c["value"]["statuses"]) for e in body["entry"] for c in e["changes"])
            for body in b.receiver.bodies
        ]
        assert max(sizes) == largest
        assert sorted(s["id"] for s in b.receiver.statuses()) == sorted([*ids, *ids])


async def test_two_numbers_and_accounts_share_a_post() -> None:
    """One POST may carry several accounts: an entry for each, routed by phone_number_id."""
    async with bench() as b:
        await b.subscribe()
        other = (await b.graph.post("/sandbox/numbers", json={})).json()
        headers = {"Authorization": f"Bearer {other['access_token']}"}
        await b.graph.post(f"/{other['waba_id']}/subscribed_apps", headers=headers)
        await b.write("15550111111")
        await b.write("15550111111", phone_number_id=other["phone_number_id"])
        await b.clock.advance(1)
        (body,) = b.receiver.bodies
        assert [e["id"] for e in body["entry"]] == [WABA, other["waba_id"]]
        first, second = b.receiver.inbound()
        assert first["from_user_id"] != second["from_user_id"]


async def test_posts_in_flight_are_bounded() -> None:
    """While a subscriber hangs, no more than `concurrency` POSTs are open, and the rest waits."""
    async with bench(replace(QUIET, batch=1, concurrency=3)) as b:
        await b.subscribe()
        b.receiver.hanging = asyncio.Event()
        for to in phones(20):
            await b.write(to[1:])
        await b.clock.advance(1)
        assert (b.receiver.open, (await b.counts())["pending_webhooks"]) == (3, 20)
        b.receiver.hanging.set()
        await b.clock.advance(1)
        assert (len(b.receiver.inbound()), b.receiver.most_open) == (20, 3)


@pytest.mark.parametrize("failure", [500, 404, 302, 201, 204])
async def test_anything_but_200_is_retried_with_the_same_bytes(failure: int) -> None:
    """A delivery is repeated, byte for byte, until it is answered with 200."""
    async with bench() as b:
        await b.subscribe()
        b.receiver.answers = [failure] * 5
        await b.write("15550111111")
        await b.clock.advance(1)
        assert (await b.counts())["pending_webhooks"] == 1
        await b.clock.advance(60)
        assert len(b.receiver.raw) == 6
        assert len(set(b.receiver.raw)) == 1
        counts = await b.counts()
        assert (counts["pending_webhooks"], counts["webhook_retries"]) == (0, 5)
        log = (await b.graph.get("/sandbox/webhooks")).json()["items"]
        assert (log[0]["status"], log[0]["attempts"]) == ("200", 6)


async def test_overrides_take_precedence_and_account_fields_ignore_them() -> None:
    """Messages go to the number's URL, else the account's, else the app's; reviews to the app's."""
    async with bench() as b:
        await b.subscribe()

        async def arrives_at() -> str:
            await b.write("15550111111")
            await b.clock.advance(1)
            return b.receiver.paths[-1]

        assert await arrives_at() == "/hook"
        waba = {"override_callback_uri": "http://receiver.test/waba", "verify_token": "vt"}
        await b.graph.post(f"/{WABA}/subscribed_apps", json=waba)
        assert await arrives_at() == "/waba"
        number = {"override_callback_uri": "http://receiver.test/number", "verify_token": "vt"}
        await b.graph.post(f"/{NUMBER}", json={"webhook_configuration": number})
        assert await arrives_at() == "/number"
        fields = {"fields": "webhook_configuration"}
        shown = (await b.graph.get(f"/{NUMBER}", params=fields)).json()["webhook_configuration"]
        assert shown == {
            "phone_number": "http://receiver.test/number",
            "whatsapp_business_account": "http://receiver.test/waba",
            "application": "http://receiver.test/hook",
        }
        await b.approve()
        assert b.receiver.paths[-1] == "/hook"
        cleared = {"webhook_configuration": {"override_callback_uri": ""}}
        await b.graph.post(f"/{NUMBER}", json=cleared)
        await b.graph.post(f"/{WABA}/subscribed_apps")
        assert await arrives_at() == "/hook"


async def test_the_handshake_must_succeed() -> None:
    """A wrong verify token, a dead host or a bad URL leaves the subscription as it was."""
    async with bench() as b:
        for url, token in (
            ("http://receiver.test/new", "wrong"),
            ("ftp://receiver.test/new", "vt"),
            ("http://", "vt"),
        ):
            override = {"override_callback_uri": url, "verify_token": token}
            answer = await b.graph.post(f"/{WABA}/subscribed_apps", json=override)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2200)
        assert (await b.graph.get(f"/{WABA}/subscribed_apps")).json() == {"data": []}


async def test_without_a_subscription_nothing_is_kept() -> None:
    """Meta tells only subscribers: updates from before the subscription are counted and dropped."""
    async with bench() as b:
        await b.write("15550111111")
        await b.clock.advance(1)
        counts = await b.counts()
        assert (counts["pending_webhooks"], counts["webhooks_without_subscriber"]) == (0, 1)


async def test_duplicates_and_disorder_lose_nothing() -> None:
    """With both faults every status still arrives, some twice, some out of order."""
    async with bench(faults=Faults(duplicate=0.5, reorder=0.5)) as b:
        await b.subscribe()
        await b.approve()
        ids = [await b.sent_id(to=to) for to in phones(40)]
        await b.clock.advance(20)
        got = [(s["id"], s["status"]) for s in b.receiver.statuses()]
        assert set(got) == {(i, s) for i in ids for s in ("sent", "delivered", "read")}
        assert 40 <= len(got) - len(set(got)) <= 80
        orders = {tuple(dict.fromkeys(s for i, s in got if i == wamid)) for wamid in ids}
        assert len(orders) > 1


async def test_delay_and_dropped_delivered() -> None:
    """`delay_s` holds webhooks back; a dropped `delivered` leaves its pricing to `read`."""
    async with bench(faults=Faults(delay_s=30, drop_delivered=1)) as b:
        await b.subscribe()
        await b.approve()
        await b.send()
        await b.clock.advance(25)
        assert b.receiver.statuses() == []
        await b.clock.advance(15)
        sent, read = b.receiver.statuses()
        assert (sent["status"], read["status"]) == ("sent", "read")
        assert "pricing" in read
        assert int(sent["timestamp"]) < START + 10


async def test_a_status_may_overtake_the_response() -> None:
    """With `status_before_response` the subscriber hears of `sent` before the caller does."""
    async with bench(faults=Faults(status_before_response=1)) as b:
        await b.subscribe()
        await b.approve()
        wamid = await b.sent_id()
        assert [s["status"] for s in b.receiver.statuses(wamid)] == ["sent"]
        await b.clock.advance(6)
        assert len(b.receiver.statuses(wamid)) == 3


async def test_what_overtakes_the_response_may_come_twice() -> None:
    """`duplicate` befalls the early `sent` as it does any other webhook."""
    async with bench(faults=Faults(status_before_response=1, duplicate=1)) as b:
        await b.subscribe()
        await b.approve()
        wamid = await b.sent_id()
        await b.clock.advance(8)
        said = [s["status"] for s in b.receiver.statuses(wamid)]
        assert sorted(said) == sorted(("sent", "delivered", "read") * 2)


async def test_accidents_befall_webhooks_of_every_field() -> None:
    """What Meta tells of accounts, numbers and preferences comes twice, and late, like a status."""
    async with bench(faults=Faults(duplicate=1, late=1, late_s=60)) as b:
        await b.subscribe()
        b.simulation.world.app.fields = []  # all there are
        await b.write("15550111111")
        await b.graph.post(f"/sandbox/accounts/{WABA}/events", json={"event": "ACCOUNT_VIOLATION"})
        stop = {"marketing": "stop", "phone_number_id": NUMBER}
        await b.graph.patch("/sandbox/people/15550111111", json=stop)
        await b.clock.advance(50)
        assert b.receiver.bodies == []
        await b.clock.advance(20)
        assert len(b.receiver.values("account_update")) == 2
        stopped = [v for v in b.receiver.values("user_preferences") if "user_preferences" in v]
        assert len(stopped) == 2


async def test_a_reaction_is_only_ever_sent() -> None:
    """A reaction gets the `sent` status and nothing after it."""
    async with bench(QUIET) as b:
        await b.subscribe()
        inbound = (await b.write("15550111111")).json()["id"]
        wamid = await b.sent_id(type="reaction", reaction={"message_id": inbound, "emoji": "👍"})
        await b.clock.advance(10)
        assert [s["status"] for s in b.receiver.statuses(wamid)] == ["sent"]
