"""Meta's five limits, pacing, what a business grows to, and what messages cost."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from sandbox.model import Business
from sandbox.rules.fate import latency_s
from sandbox.rules.limits import DAY_S, limit_allows, limit_take, takes_marketing
from sandbox.rules.pricing import SERVICE_CHARGED_FROM, month_of
from sandbox.settings import Faults, Fixture, SettingError, fixture_from

from .bench import NUMBER, QUIET, WABA, Bench, Json, bench, phones, send_body

anyio = pytest.mark.anyio
PERSON = "15550111111"


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(0, 20_000)), min_size=1, max_size=600),
)
def test_the_messaging_limit_is_never_passed(moves: list[tuple[int, float]]) -> None:
    """However sends are spread, no 24 hours hold more different people than the tier allows."""
    business, now = Business("1", "TIER_250"), 1e9
    taken: list[tuple[float, str]] = []
    for person, pause in moves:
        now += pause
        if limit_allows(business, str(person), now):
            limit_take(business, str(person), now)
            taken.append((now, str(person)))
    for at, _ in taken[:: max(1, len(taken) // 20)]:
        assert len({who for when, who in taken if at - DAY_S < when <= at}) <= 250


@given(st.integers(0, 99), st.lists(st.floats(0, 90_000), max_size=80))
def test_a_person_takes_so_much_marketing_a_day(seed: int, pauses: list[float]) -> None:
    """Within any 24 hours nobody takes more than one and a half times the usual number."""
    now = 1e9
    times: list[float] = []
    taken: list[float] = []
    for pause in pauses:
        now += pause
        if takes_marketing(seed, PERSON, times, 10, now):
            times.append(now)
            taken.append(now)
    assert all(sum(at - DAY_S < other <= at for other in taken) <= 15 for at in taken)


@pytest.mark.parametrize(("median", "p99"), [(0.05, 0.05), (0.08, 0.9), (1.0, 30.0)])
def test_latencies_have_the_median_and_p99_that_were_asked_for(median: float, p99: float) -> None:
    """Half of 20,000 answers are faster than the median, 99 of 100 faster than the p99."""
    faults = Faults(latency_median_s=median, latency_p99_s=p99)
    drawn = sorted(latency_s(faults, 7, NUMBER, nth) for nth in range(20_000))
    assert drawn[10_000] == pytest.approx(median, rel=0.05)
    assert drawn[19_800] == pytest.approx(p99, rel=0.15)
    assert latency_s(Faults(), 7, NUMBER, 1) == 0


async def limited(b: Bench, tier: str) -> None:
    """Subscribe to everything, approve `hello`, and set the messaging limit."""
    await b.subscribe()
    b.simulation.world.app.fields = []
    await b.approve()
    event = {"event": "CAPABILITY", "messaging_limit": tier}
    await b.graph.post(f"/sandbox/accounts/{WABA}/events", json=event)
    b.simulation.world.numbers[NUMBER].throughput = "HIGH"


@anyio
@pytest.mark.parametrize(("sync", "status"), [(0, 200), (1, 400)])
async def test_the_limit_is_of_the_portfolio(sync: int, status: int) -> None:
    """Two numbers share it; people in a window and people already counted take no room; a refusal
    at once is a setting.
    """
    async with bench(replace(QUIET, messaging_limit_sync=float(sync))) as b:
        await limited(b, "TIER_250")
        other = (await b.graph.post("/sandbox/numbers", json={"waba_id": WABA})).json()
        numbers = [NUMBER, other["phone_number_id"]]
        b.simulation.world.numbers[numbers[1]].throughput = "HIGH"
        for index, to in enumerate(phones(250)):
            path = f"/{numbers[index % 2]}/messages"
            assert (await b.graph.post(path, json=send_body(to=to))).status_code == 200
        answer = await b.send(to="+15550300001")
        assert answer.status_code == status
        assert (await b.send(to="+15550200001")).status_code == 200
        await b.write("15550300002")
        assert (await b.send(to="+15550300002")).status_code == 200
        await b.clock.advance(10)
        counts = await b.counts()
        assert (counts["failed"], counts["refused"]) == (
            ({"131048": 1}, {}) if not sync else ({}, {"131048": 1})
        )
        fields = {"fields": "whatsapp_business_manager_messaging_limit"}
        shown = (await b.graph.get(f"/{NUMBER}", params=fields)).json()
        assert shown["whatsapp_business_manager_messaging_limit"] == "TIER_250"


@anyio
async def test_the_limit_grows_by_use() -> None:
    """Half of TIER_2K used: 6 hours later it is TIER_10K, unless a number is RED."""
    async with bench() as b:
        await limited(b, "TIER_2K")
        for to in phones(999):
            await b.send(to=to)
        await b.clock.advance(21_700)
        business = b.simulation.world.business_of(NUMBER)
        assert business.messaging_limit == "TIER_2K"
        await b.send(to="+15550300001")
        await b.clock.advance(21_590)
        assert business.messaging_limit == "TIER_2K"
        await b.clock.advance(20)
        assert business.messaging_limit == "TIER_10K"
        told = b.receiver.values("business_capability_update")[-1]
        assert told["max_daily_conversations_per_business"] == "TIER_10K"
        business.messaging_limit = "TIER_2K"
        red = {"event": "QUALITY", "quality_rating": "RED"}
        await b.graph.post(f"/sandbox/numbers/{NUMBER}/events", json=red)
        await b.send(to="+15550300002")
        await b.clock.advance(21_700)
        assert business.messaging_limit == "TIER_2K"
        events = [v["event"] for v in b.receiver.values("phone_number_quality_update")]
        assert events == ["FLAGGED"]


@anyio
async def test_throughput_is_upgraded_with_a_minute_of_maintenance() -> None:
    """An unlimited portfolio that reaches enough people: 131057 for a minute, then HIGH."""
    async with bench(replace(QUIET, throughput_upgrade_users=20.0)) as b:
        await b.subscribe()
        b.simulation.world.app.fields = []
        await b.approve()
        for to in phones(20):
            assert (await b.send(to=to)).status_code == 200
        answer = await b.send(to="+15550300001")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, 131057)
        await b.clock.advance(61)
        assert (await b.send(to="+15550300001")).status_code == 200
        shown = (await b.graph.get(f"/{NUMBER}", params={"fields": "throughput"})).json()
        assert shown["throughput"] == {"level": "HIGH"}
        (told,) = b.receiver.values("phone_number_quality_update")
        assert told["event"] == "THROUGHPUT_UPGRADE"


@anyio
async def test_marketing_beyond_a_persons_measure_fails_later() -> None:
    """A person takes some marketing a day, then 131049; a day later some more; utility always."""
    async with bench(replace(QUIET, marketing_per_day=4.0)) as b:
        await b.subscribe()
        await b.approve()
        ids = []
        for _ in range(10):
            ids.append(await b.sent_id())
            await b.clock.advance(60)
        await b.clock.advance(10)
        failed = (await b.counts())["failed"]["131049"]
        assert 4 <= failed <= 8
        assert [len(b.receiver.statuses(i)) for i in ids] == [3] * (10 - failed) + [1] * failed
        await b.clock.advance(DAY_S)
        later = await b.sent_id()
        await b.clock.advance(10)
        assert len(b.receiver.statuses(later)) == 3


async def held(b: Bench, count: int) -> list[str]:
    """Send to `count` people and return the `message_status` of each answer."""
    answers = [(await b.send(to=to)).json() for to in phones(count)]
    return [answer["messages"][0]["message_status"] for answer in answers]


@anyio
@pytest.mark.parametrize("pause", [0.0, 1.0])
async def test_a_new_template_is_paced(pause: float) -> None:
    """After the first batch messages are held without a webhook; then all go out, or the template
    is paused and every held one fails with 132015.
    """
    pacing = replace(QUIET, pacing_first=10.0, pacing_release_s=3600.0, pacing_pause=pause)
    async with bench(pacing) as b:
        await b.subscribe()
        await b.approve()
        said = await held(b, 30)
        assert said == ["accepted"] * 10 + ["held_for_quality_assessment"] * 20
        await b.clock.advance(3000)
        assert len({s["id"] for s in b.receiver.statuses()}) == 10
        assert (await b.counts())["statuses"] == {"read": 10, "held": 20}
        await b.clock.advance(610)
        counts = await b.counts()
        if pause:
            assert counts["failed"] == {"132015": 20}
            error = b.receiver.statuses()[-1]["errors"][0]
            assert "while this message was held" in error["error_data"]["details"]
            told = b.receiver.values("message_template_status_update")[-1]
            assert told["other_info"]["title"] == "RATE_LIMITING_PAUSE"
            assert (await b.send()).json()["error"]["code"] == 132015
        else:
            assert counts["statuses"] == {"read": 30}
            assert (await b.send()).json()["messages"][0]["message_status"] == "accepted"


@anyio
async def test_pacing_by_hand_and_by_fault() -> None:
    """One template can be held and let go; the fault holds single messages and fails a share."""
    async with bench() as b:
        await b.subscribe()
        template_id = await b.approve()
        url = f"/sandbox/templates/{template_id}/pacing"
        await b.graph.post(url, json={"action": "hold"})
        assert set(await held(b, 5)) == {"held_for_quality_assessment"}
        assert "held by Meta" in (await b.graph.get("/phones/15550200001")).text
        await b.clock.advance(DAY_S / 2)
        assert b.receiver.statuses() == []
        assert (await b.graph.post(url, json={"action": "release"})).json()["held"] == 0
        await b.clock.advance(6)
        assert (await b.counts())["statuses"] == {"read": 5}
        faults = {"hold": 1, "hold_fails": 0.5, "hold_s": 30}
        await b.graph.put("/sandbox/faults", json=faults)
        assert set(await held(b, 40)) == {"held_for_quality_assessment"}
        await b.clock.advance(40)
        counts = await b.counts()
        assert 10 <= counts["failed"]["132015"] <= 30
        assert counts["statuses"]["read"] == 45 - counts["failed"]["132015"]


@anyio
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("pair_limit", 400, 131056), ("spam_limit", 400, 131048), ("throttle", 400, 130429)],
)
async def test_a_share_of_sends_is_refused(fault: str, status: int, code: int) -> None:
    """Each limit can be met by chance, by share and seed, and is counted by code and number."""
    async with bench(faults=Faults(**{fault: 0.5})) as b:
        await b.approve()
        answers = [await b.send(to=to) for to in phones(60)]
        refused = [a for a in answers if a.status_code == status]
        assert 15 < len(refused) < 45
        assert {a.json()["error"]["code"] for a in refused} == {code}
        counts = await b.counts(phone_number_id=NUMBER)
        assert counts["refused"] == {str(code): len(refused)}
        assert counts["accepted"] == 60 - len(refused)


@anyio
async def test_async_accidents() -> None:
    """`marketing_limit` fails with 131049 later, `never_delivered` ends at `sent`, `late` makes
    webhooks come an hour late.
    """
    async with bench(faults=Faults(marketing_limit=1)) as b:
        await b.approve()
        await b.send()
        await b.clock.advance(6)
        assert (await b.counts())["failed"] == {"131049": 1}
    async with bench(faults=Faults(never_delivered=1, late=1, late_s=3600)) as b:
        await b.subscribe()
        await b.approve()
        wamid = await b.sent_id()
        await b.clock.advance(3000)
        assert ((await b.counts())["statuses"], b.receiver.statuses()) == ({"sent": 1}, [])
        await b.clock.advance(700)
        assert [s["status"] for s in b.receiver.statuses(wamid)] == ["sent"]


async def pricing(b: Bench, **send: Any) -> Json:
    """Send and return the pricing of the `sent` status."""
    wamid = await b.sent_id(**send)
    await b.clock.advance(6)
    found = b.receiver.statuses(wamid)
    assert ["pricing" in s for s in found] == [True, True, False]
    return dict(found[0]["pricing"])


@anyio
async def test_a_free_entry_point_lasts_three_days() -> None:
    """Whoever came by an ad and is answered within 24 hours costs nothing for 72, whatever is
    sent; `conversation` is there for those alone.
    """
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        assert (await pricing(b))["type"] == "regular"
        await b.write(PERSON, referral={"source_type": "ad", "source_id": "1"})
        await b.clock.advance(3600)
        free = {"type": "free_entry_point", "category": "referral_conversion", "billable": False}
        assert await pricing(b) == {**free, "pricing_model": "PMP"}
        sent, delivered, _ = b.receiver.statuses()[-3:]
        assert sent["conversation"]["origin"] == {"type": "referral_conversion"}
        assert int(sent["conversation"]["expiration_timestamp"]) > int(sent["timestamp"])
        assert "expiration_timestamp" not in delivered["conversation"]
        await b.clock.advance(70 * 3600)
        assert (await pricing(b))["type"] == "free_entry_point"
        await b.clock.advance(2 * 3600)
        assert (await pricing(b))["type"] == "regular"
        await b.write(PERSON, referral={"source_type": "ad", "source_id": "1"})
        await b.clock.advance(25 * 3600)
        assert (await pricing(b))["type"] == "regular"


@anyio
@pytest.mark.parametrize(
    ("at", "kind"),
    [(SERVICE_CHARGED_FROM - 7200, "free_customer_service"), (SERVICE_CHARGED_FROM, "regular")],
)
async def test_utility_in_a_window_on_both_sides_of_october(at: float, kind: str) -> None:
    """Before 1 October 2026 a utility template in an open window is free, from then on charged."""
    async with bench(at=at) as b:
        await b.subscribe()
        await b.approve(category="UTILITY")
        await b.write(PERSON)
        price = await pricing(b)
        assert (price["type"], price["category"]) == (kind, "utility")


@anyio
async def test_only_delivered_service_messages_use_up_the_quota() -> None:
    """A text outside the window fails and takes nothing of the 1,000 of the number's month."""
    async with bench() as b:
        await b.subscribe()
        key = f"service|{NUMBER}|{month_of(b.clock.now(), '1')}"
        b.simulation.world.counters[key] = 999
        for _ in range(3):
            await b.text("+15550122222")
        await b.write(PERSON)
        prices = [await pricing(b, type="text", text={"body": "Hi"}) for _ in range(2)]
        assert [p["type"] for p in prices] == ["free_customer_service", "regular"]


def test_the_month_is_the_accounts_own() -> None:
    """At New Year in UTC it is still December in Los Angeles, and January in India."""
    at = datetime(2027, 1, 1, 0, 30, tzinfo=UTC).timestamp()
    assert (month_of(at, "1"), month_of(at, "71")) == ("2026-12", "2027-01")


@anyio
async def test_authentication_abroad_has_its_own_price() -> None:
    """Once the account is eligible, in the countries that have the rate, and not in its own."""
    otp = {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}
    code = [{"type": "text", "text": "123456"}]
    parts = [
        {"type": "body", "parameters": code},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
    ]
    sent = {"name": "otp", "language": {"code": "en_US"}, "components": parts}
    async with bench() as b:
        await b.subscribe()
        await b.approve("otp", category="AUTHENTICATION", components=[{"type": "BODY"}, otp])
        assert (await pricing(b, to="+919876543210", template=sent))["category"] == "authentication"
        event = {"event": "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE"}
        await b.graph.post(f"/sandbox/accounts/{WABA}/events", json=event)
        prices = {
            to: (await pricing(b, to=to, template=sent))["category"]
            for to in ("+919876543210", "+15550111111", "+33612345678")
        }
        assert list(prices.values()) == [
            "authentication-international",
            "authentication",
            "authentication",
        ]


@anyio
async def test_without_a_payment_method_only_free_messages_go_out() -> None:
    """What would be charged fails with 131042; a free answer is delivered."""
    async with bench() as b:
        await b.subscribe()
        await b.approve()
        event = {"event": "PAYMENT", "has_payment_method": False}
        await b.graph.post(f"/sandbox/accounts/{WABA}/events", json=event)
        await b.send()
        await b.write(PERSON)
        await b.text(f"+{PERSON}")
        await b.clock.advance(6)
        counts = await b.counts()
        assert (counts["failed"], counts["statuses"]["read"]) == ({"131042": 1}, 1)


@anyio
async def test_some_countries_are_not_served() -> None:
    """A number of a country without the platform is refused with 130497."""
    async with bench() as b:
        await b.approve()
        answer = await b.send(to="+5355512345")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, 130497)


def test_the_fixture_knows_the_tiers() -> None:
    """An unknown tier is refused at the start with those that there are."""
    assert fixture_from({"SANDBOX_MESSAGING_LIMIT": "TIER_2K"}) == Fixture(
        messaging_limit="TIER_2K"
    )
    with pytest.raises(SettingError, match="TIER_UNLIMITED"):
        fixture_from({"SANDBOX_MESSAGING_LIMIT": "2000"})
