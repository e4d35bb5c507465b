"""Analytics from the sandbox's own log, the management limits, and the versions of the API."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from sandbox.settings import Behaviour

from .bench import NUMBER, START, WABA, bench, phones

pytestmark = pytest.mark.anyio

DAY_S = 86_400
FROM, TO = int(START) - DAY_S, int(START) + DAY_S
PERIOD = f"start({FROM}).end({TO})"


async def test_pricing_analytics_add_up_with_the_webhooks() -> None:
    """Volume by category and type is the number of messages whose delivery was priced so."""
    behaviour = Behaviour(read=0.5, answer=0, undeliverable=0.2, capped=0.2)
    async with bench(behaviour) as b:
        await b.subscribe()
        await b.approve()
        await b.approve("parcel", category="UTILITY")
        for index, to in enumerate(phones(40)):
            await b.send(to=to)
            if index % 2:
                await b.write(to[1:])
                await b.text(to)
        await b.clock.advance(20)
        priced = Counter(
            (s["pricing"]["category"].upper(), s["pricing"]["type"].upper())
            for s in b.receiver.statuses()
            if s["status"] != "sent" and "pricing" in s
        )
        dimensions = 'dimensions(["PRICING_CATEGORY","PRICING_TYPE","COUNTRY"])'
        fields = f"id,name,pricing_analytics.{PERIOD}.granularity(DAILY).{dimensions}"
        answer = (await b.graph.get(f"/{WABA}", params={"fields": fields})).json()
        assert answer["name"] == "Sandbox Business"
        points = answer["pricing_analytics"]["data"][0]["data_points"]
        counted = {(p["pricing_category"], p["pricing_type"]): p["volume"] for p in points}
        assert counted == dict(priced)
        assert len(counted) == 2
        costs = {p["pricing_category"]: p["cost"] for p in points}
        assert costs["SERVICE"] == 0
        assert costs["MARKETING"] == pytest.approx(0.025 * counted["MARKETING", "REGULAR"])


async def test_message_analytics_count_sent_and_delivered() -> None:
    """Sent and delivered per day, of all numbers or of one, in one country or in all."""
    async with bench() as b:
        await b.approve()
        for to in ("+15550111111", "+5531988887777"):
            await b.send(to=to)
        await b.clock.advance(10)

        async def points(more: str = "") -> list[dict[str, int]]:
            fields = f"analytics.{PERIOD}.granularity(DAY){more}"
            answer = (await b.graph.get(f"/{WABA}", params={"fields": fields})).json()
            return list(answer["analytics"]["data_points"])

        (day,) = await points()
        assert (day["sent"], day["delivered"], day["end"] - day["start"]) == (2, 2, DAY_S)
        assert (await points('.country_codes(["BR"])'))[0]["sent"] == 1
        assert await points('.phone_numbers(["1999"])') == []
        fields = f"conversation_analytics.{PERIOD}.granularity(MONTHLY)"
        answer = (await b.graph.get(f"/{WABA}", params={"fields": fields})).json()
        (month,) = answer["conversation_analytics"]["data"][0]["data_points"]
        begin = datetime.fromtimestamp(month["start"], UTC)
        assert (begin.day, month["conversation"]) == (1, 2)


@pytest.mark.parametrize(
    "field",
    [
        "analytics",
        "analytics.start(1)",
        f"analytics.{PERIOD}",
        f"analytics.{PERIOD}.granularity(WEEK)",
        f"analytics.start({TO}).end({FROM}).granularity(DAY)",
        f"analytics.start(x).end({TO}).granularity(DAY)",
        f"analytics.start({FROM - 800 * DAY_S}).end({TO}).granularity(DAY)",
        f'pricing_analytics.{PERIOD}.granularity(DAILY).dimensions(["SIZE"])',
        f"analytics.{PERIOD}.granularity(DAY",
        "shoe_size",
    ],
)
async def test_bad_analytics_are_refused(field: str) -> None:
    """A missing or impossible argument, a wrong name and bad syntax are Graph errors."""
    async with bench() as b:
        answer = await b.graph.get(f"/{WABA}", params={"fields": field})
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "OAuthException")


async def test_template_analytics_need_the_opt_in() -> None:
    """Before it 200005; after it the template's days; the opt-in cannot be taken back."""
    async with bench() as b:
        template_id = await b.approve()
        await b.send()
        await b.clock.advance(10)
        asked: dict[str, str | int] = {
            "start": FROM,
            "end": TO,
            "granularity": "daily",
            "metric_types": "cost,sent,delivered,read",
            "template_ids": f"[{template_id}]",
        }
        path = f"/{WABA}/template_analytics"
        assert (await b.graph.get(path, params=asked)).json()["error"]["code"] == 200005
        enabled = {"is_enabled_for_insights": "true"}
        assert (await b.graph.post(f"/{WABA}", params=enabled)).json()["id"] == WABA
        (data,) = (await b.graph.get(path, params=asked)).json()["data"]
        (point,) = data["data_points"]
        assert (point["template_id"], point["sent"], point["read"]) == (template_id, 1, 1)
        assert point["cost"][0] == {"type": "amount_spent", "value": 0.025}
        assert "clicked" not in point
        assert (await b.graph.post(f"/{WABA}", json={})).status_code == 400
        taken_back = {"is_enabled_for_insights": False}
        assert (await b.graph.post(f"/{WABA}", json=taken_back)).status_code == 400
        wrong: list[dict[str, str | int]] = [
            {"template_ids": "[]"},
            {"template_ids": "[7]"},
            {"start": 1},
        ]
        for bad in wrong:
            assert (await b.graph.get(path, params={**asked, **bad})).status_code == 400


async def test_a_messages_history_is_kept() -> None:
    """What became of a message, newest first, and its events by the history's own id."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        wamid = await b.sent_id()
        await b.clock.advance(10)
        path = f"/{NUMBER}/message_history"
        (entry,) = (await b.graph.get(path, params={"message_id": wamid})).json()["data"]
        events = entry["events"]["data"]
        statuses = [event["delivery_status"] for event in events]
        assert statuses == ["READ", "DELIVERED", "SENT", "ACCEPTED"]
        again = (await b.graph.get(f"/{entry['id']}/events")).json()["data"]
        assert again == events
        assert (await b.graph.get(path, params={"message_id": "x"})).json() == {"data": []}
        assert (await b.graph.get(path)).status_code == 400
        assert (await b.graph.get("/8000000000000000/events")).status_code == 400


async def test_management_calls_are_limited_per_account() -> None:
    """At the limit 80007 with the minutes to wait in a header; an hour later calls pass again."""
    async with bench(Behaviour(management_calls_active=4)) as b:
        answers = [await b.graph.get(f"/{WABA}/message_templates") for _ in range(5)]
        usage = [json.loads(a.headers["x-app-usage"])["call_count"] for a in answers]
        answer = answers[-1]
        assert usage == [25, 50, 75, 100, 100]
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 80007)
        (account,) = json.loads(answer.headers["x-business-use-case-usage"])[WABA]
        assert account["estimated_time_to_regain_access"] == 60
        assert (await b.text("+15550111111")).status_code == 200
        other = (await b.graph.post("/sandbox/numbers", json={})).json()
        headers = {"Authorization": f"Bearer {other['access_token']}"}
        answer = await b.graph.get(f"/{other['waba_id']}", headers=headers)
        assert answer.status_code == 200
        await b.clock.advance(3601)
        assert (await b.graph.get(f"/{WABA}")).status_code == 200


async def test_an_account_without_a_number_may_call_less() -> None:
    """200 an hour, not 5,000, where no number is registered."""
    async with bench() as b:
        b.simulation.world.numbers[NUMBER].status = "DISCONNECTED"
        codes = Counter([(await b.graph.get(f"/{WABA}")).status_code for _ in range(203)])
        assert codes == {200: 200, 400: 3}


@pytest.mark.parametrize(
    ("version", "at", "is_usable"),
    [
        ("v26.0", START, True),
        ("v21.0", START, True),
        ("v20.0", START, False),
        ("v20.0", datetime(2026, 9, 23, tzinfo=UTC).timestamp(), True),
        ("v21.0", datetime(2027, 1, 21, tzinfo=UTC).timestamp(), False),
        ("v19.0", START, False),
        ("v26.1", START, False),
    ],
)
async def test_versions_expire(version: str, at: float, *, is_usable: bool) -> None:
    """A version is served until its day; then its path is unknown."""
    async with bench(at=at) as b:
        answer = await b.graph.get(f"/{version}/{WABA}")
        assert (answer.status_code == 200) is is_usable
        if not is_usable:
            assert answer.json()["error"]["message"].startswith(
                f"Unknown path components: /{version}"
            )
