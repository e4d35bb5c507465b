"""What a number tells of itself: health, a dead token, allowance; and how it is disconnected."""

from __future__ import annotations

import httpx
import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.schemas.numbers import Disconnecting
from chalicelib.services import allowance, number_calls, numbers
from chalicelib.storage.accounts import AccountRow, Accounts, find_account
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.numbers import Numbers, find_number
from chalicelib.whatsapp.client import GraphClient
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer


def end_token(graph: GraphServer) -> None:
    """Have Meta refuse the fixture's token from now on."""
    graph.simulation.world.tokens[graph.fixture.access_token].expires_at = 1.0


def test_health_in_metas_own_words(
    graph: GraphServer, api: ApiClient, number_id: str, clock: SettableClock
) -> None:
    """What Meta says now is told after a minute at most: status, quality, tier, why not to send."""
    world = graph.simulation.world
    number = world.numbers[graph.fixture.phone_number_id]
    number.throughput, number.quality_rating = "HIGH", "YELLOW"
    world.wabas[graph.fixture.waba_id].has_payment_method = False
    world.business_of(number.id).messaging_limit = "TIER_2K"
    path = f"/api/numbers/{number_id}"
    assert api.get(path).body["quality_rating"] == "GREEN"
    clock.advance(61)
    found = api.get(path).body
    assert (found["quality_rating"], found["messages_per_s"]) == ("YELLOW", 1000)
    assert found["messaging_limit"] == "TIER_2K"
    assert found["allowance"] == {"limit": 2000, "used": 0, "remaining": 2000}
    assert found["health"]["can_send_message"] == "BLOCKED"
    (payment,) = [one for one in found["problems"] if one["source"] == "health"]
    assert (payment["severity"], payment["code"]) == ("red", 141006)
    assert payment["next_step"] == "Add or repair the payment method in the Billing Hub."
    assert found["state"] == "red"
    assert found["asked_at"] == "2026-11-23T12:01:01.000Z"
    account = api.get(f"/api/accounts/{graph.fixture.waba_id}").body
    assert (account["state"], account["health"]["can_send_message"]) == ("red", "BLOCKED")


def test_newer_report_beats_an_older_answer(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """A webhook that came after Meta was asked is not undone by what Meta answered."""
    later = clock.now_ms() + 120_000
    Numbers(ctx).note(number_id, {"quality_rating": "RED"}, later)
    row = numbers.refresh(ctx, Numbers(ctx).get(number_id), clock.now_ms() + 60_000)
    assert (row.quality_rating, row.throughput_level) == ("RED", "STANDARD")


def test_dead_token_turns_the_number_red(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """A look at the number notices, says what to do, and a new token makes it green again."""
    end_token(graph)
    path = f"/api/numbers/{number_id}"
    clock.advance(61)
    found = api.get(path).body
    assert found["state"] == "red"
    assert "Session has expired" in found["token_error"]
    assert found["problems"][0]["source"] == "token"
    assert "Connect the number again" in found["problems"][0]["next_step"]
    graph.simulation.world.tokens[graph.fixture.access_token].expires_at = 0.0
    clock.advance(61)
    assert api.get(path).body["state"] == "green"
    end_token(graph)
    clock.advance(61)
    assert api.get(path).body["state"] == "red"
    body = {
        "phone_number_id": graph.fixture.phone_number_id,
        "waba_id": graph.fixture.waba_id,
        "access_token": graph.http.post(
            "/sandbox/numbers",
            json={"waba_id": graph.fixture.waba_id, "access_token": "EAAanother"},
        ).json()["access_token"],
    }
    assert api.post("/api/numbers", json=body).body["state"] == "green"


def test_any_call_notices_a_dead_token(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """The first call that Meta refuses notes it, with Meta's words, for lists that ask nothing."""
    end_token(graph)
    answer = api.get(f"/api/numbers/{number_id}/profile")
    assert (answer.status, answer.body["code"]) == (502, "whatsapp_190")
    (listed,) = api.get("/api/numbers").body["items"]
    assert (listed["state"], listed["problems"][0]["source"]) == ("red", "token")


@pytest.mark.parametrize(
    ("method", "edge", "body", "status"),
    [
        ("GET", "", None, 200),
        ("POST", "/sync", {}, 502),
        ("POST", "/numbers", {"phone": "+15550100099", "verified_name": "Acme"}, 502),
    ],
)
def test_calls_about_the_account_notice_a_dead_token(
    graph: GraphServer,
    api: ApiClient,
    number_id: str,
    method: str,
    edge: str,
    body: dict[str, str] | None,
    status: int,
) -> None:
    """A look at the account, a sync, and a new number turn the number red whose token is dead."""
    end_token(graph)
    answer = api.request(method, f"/api/accounts/{graph.fixture.waba_id}{edge}", json=body)
    assert answer.status == status, answer.text
    (listed,) = api.get("/api/numbers").body["items"]
    assert (listed["id"], listed["state"]) == (number_id, "red")
    assert listed["problems"][0]["source"] == "token"


def test_number_that_meta_no_longer_shows(
    graph: GraphServer, api: ApiClient, number_id: str, clock: SettableClock
) -> None:
    """A number deleted at Meta is red; Meta being out of reach changes nothing that is known."""
    del graph.simulation.world.numbers[graph.fixture.phone_number_id]
    clock.advance(61)
    found = api.get(f"/api/numbers/{number_id}").body
    assert (found["state"], found["problems"][0]["source"]) == ("red", "token")
    assert "does not show the number" in found["token_error"]


def test_meta_out_of_reach_is_no_error(
    graph: GraphServer,
    api: ApiClient,
    number_id: str,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looking at a number or account while Meta is away gives what is known."""

    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    client = GraphClient(httpx.MockTransport(away))
    monkeypatch.setattr(numbers, "graph_client", lambda: client)
    clock.advance(61)
    found = api.get(f"/api/numbers/{number_id}")
    assert (found.status, found.body["state"]) == (200, "green")


def test_allowance_counts_what_was_begun_in_24_hours(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """What Parley began counts for 24 hours and then no longer; the tier says of how many."""
    account = Accounts(ctx).get(graph.fixture.waba_id)
    assert account.business_id == graph.fixture.business_id
    Numbers(ctx).note(number_id, {"messaging_limit": "TIER_250"}, clock.now_ms())
    allowance.count_started(account, 100, clock)
    clock.advance(3600)
    allowance.count_started(account, 120, clock)
    allowance.count_started(account, 0, clock)
    found = allowance.allowance(ctx, account, clock)
    assert found is not None
    assert (found.limit, found.used, found.remaining) == (250, 220, 30)
    clock.advance(24 * 3600)
    found = allowance.allowance(ctx, account, clock)
    assert found is not None
    assert (found.used, found.remaining) == (120, 130)
    clock.advance(3600)
    found = allowance.allowance(ctx, account, clock)
    assert found is not None
    assert found.remaining == 250
    Numbers(ctx).note(number_id, {"messaging_limit": "TIER_UNLIMITED"}, clock.now_ms())
    found = allowance.allowance(ctx, account, clock)
    assert found is not None
    assert found.remaining is None
    Numbers(ctx).note(number_id, {"messaging_limit": "TIER_NEW"}, clock.now_ms())
    assert allowance.allowance(ctx, account, clock) is None
    assert allowance.portfolio_of(AccountRow(ctx.tenant_id, "5")) == "waba-5"


def test_disconnecting(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, other_ctx: TenantContext, number_id: str
) -> None:
    """The last number of an account ends its webhooks; then another tenant may connect it."""
    path = f"/api/numbers/{number_id}"
    waba = graph.simulation.world.wabas[graph.fixture.waba_id]
    other = api.acting_as(other_ctx)
    body = {
        "phone_number_id": graph.fixture.phone_number_id,
        "waba_id": graph.fixture.waba_id,
        "access_token": graph.fixture.access_token,
    }
    assert other.post("/api/numbers", json=body).status == 409
    gone = api.delete(path)
    assert gone.body == {"id": number_id, "is_unsubscribed": True, "is_deregistered": False}
    assert not waba.subscribed
    assert api.get("/api/numbers").body["items"] == []
    assert api.get(path).body["state"] == "disconnected"
    assert api.get(f"{path}/profile").body["code"] == "number_disconnected"
    assert api.delete(path).body["is_unsubscribed"] is False
    assert find_account(graph.fixture.waba_id) is None
    assert other.post("/api/numbers", json=body).status == 201
    assert waba.subscribed


def test_disconnecting_one_of_two(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """The account's webhooks go on for the number that stays; on request one is deregistered."""
    second = graph.http.post("/sandbox/numbers", json={"waba_id": graph.fixture.waba_id}).json()
    body = {"waba_id": graph.fixture.waba_id, "access_token": graph.fixture.access_token}
    made = api.post("/api/numbers", json=body | {"phone_number_id": second["phone_number_id"]})
    answer = api.delete(f"/api/numbers/{made.body['id']}", params={"deregister": "true"})
    assert answer.body == {
        "id": made.body["id"],
        "is_unsubscribed": False,
        "is_deregistered": True,
    }
    world = graph.simulation.world
    assert world.wabas[graph.fixture.waba_id].subscribed
    assert world.numbers[second["phone_number_id"]].status == "DISCONNECTED"
    assert find_number(second["phone_number_id"]) is None
    assert find_account(graph.fixture.waba_id) is not None


def test_number_in_use_stays(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """409 while a campaign is to be sent from the number, naming it; afterwards it may go."""
    row = CampaignRow(
        ctx.tenant_id,
        f"cmp_{'0' * 26}",
        name="Spring",
        state="paused",
        number_id=number_id,
        template_id=f"tpl_{'0' * 26}",
        audience_filter={"type": "all"},
        variables={},
        created_at=clock.now_ms(),
    )
    Campaigns(ctx).create(row)
    answer = api.delete(f"/api/numbers/{number_id}")
    assert (answer.status, answer.body["code"]) == (409, "number_in_use")
    assert "'Spring' is paused" in answer.body["detail"]
    assert api.post(f"/api/numbers/{number_id}/deregister").status == 409
    row.update(actions=[CampaignRow.state.set("cancelled")])
    assert api.delete(f"/api/numbers/{number_id}").status == 200


def test_dead_token_keeps_nobody_connected(
    graph: GraphServer, api: ApiClient, number_id: str
) -> None:
    """A number whose token Meta refuses can be disconnected, and the answer says what was not."""
    end_token(graph)
    answer = api.delete(f"/api/numbers/{number_id}")
    assert (answer.status, answer.body["is_unsubscribed"]) == (200, False)
    assert find_number(graph.fixture.phone_number_id) is None


def test_disconnecting_while_meta_is_away(
    graph: GraphServer, ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written where Meta cannot be asked to end the webhooks: trying again does it."""

    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    client = GraphClient(httpx.MockTransport(away))
    with monkeypatch.context() as patched:
        patched.setattr(number_calls, "graph_client", lambda: client)
        with pytest.raises(Unavailable):
            numbers.disconnect(ctx, number_id, Disconnecting())
    assert find_number(graph.fixture.phone_number_id) is not None
    assert numbers.disconnect(ctx, number_id, Disconnecting()).is_unsubscribed


def test_number_that_comes_while_the_last_goes(
    graph: GraphServer, ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another number is connected in between, the webhooks are asked for again."""
    real = Numbers.disconnect
    tries: list[bool] = []

    def first_refused(self: Numbers, row: object, now_ms: int, *, is_last: bool) -> bool:
        tries.append(is_last)
        return len(tries) > 1 and real(self, row, now_ms, is_last=is_last)  # type: ignore[arg-type]

    monkeypatch.setattr(Numbers, "disconnect", first_refused)
    seen: list[bool] = []
    waba = graph.simulation.world.wabas[graph.fixture.waba_id]
    ask = number_calls.call

    def watched(*args: object) -> dict[str, object]:
        answer = ask(*args)  # type: ignore[arg-type]
        seen.append(waba.subscribed)
        return answer

    monkeypatch.setattr(numbers, "call", watched)
    assert numbers.disconnect(ctx, number_id, Disconnecting()).is_unsubscribed
    assert (tries, seen) == ([True, True], [False, True, False])


def test_templates_notice_too(graph: GraphServer, api: ApiClient, number_id: str) -> None:
    """Creating a template, or comparing all with Meta, turns a number with a dead token red."""
    end_token(graph)
    template = {
        "number_id": number_id,
        "name": "hello",
        "language": "en_US",
        "category": "UTILITY",
        "body": "Hello there",
    }
    assert api.post("/api/templates", json=template).body["code"] == "whatsapp_190"
    assert api.get("/api/numbers").body["items"][0]["state"] == "red"
