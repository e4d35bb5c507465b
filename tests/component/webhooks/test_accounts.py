"""What Meta reports of accounts and numbers: what stops, what shows, and what does not matter."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns import lifecycle
from chalicelib.storage.accounts import MOST_PARTS, with_report
from chalicelib.storage.campaign_states import change_state
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.pacing import reserve_slot
from tests.component.conftest import SettableClock
from tests.component.webhooks.conftest import Site, sample, statuses_of

_AT_S = 1_794_700_000


def report(field: str, value: dict[str, Any], at_s: int = _AT_S, waba: str = "") -> Any:
    """Return the delivery of a report."""
    payload = sample("account_update_violation")
    entry = payload["entry"][0]
    entry.update(time=at_s, id=waba or entry["id"])
    entry["changes"] = [{"field": field, "value": value}]
    return payload


def ban(state: str, at_s: int) -> Any:
    """Return the delivery of a ban or of its end."""
    info = {"waba_ban_state": state, "waba_ban_date": "November 22, 2026"}
    return report("account_update", {"event": "DISABLED_UPDATE", "ban_info": info}, at_s)


def partner(event: str, at_s: int) -> Any:
    """Return the delivery of a partner's event: the entry names the portfolio."""
    info = {"waba_id": "200000000000001", "owner_business_id": "4"}
    return report("account_update", {"event": event, "waba_info": info}, at_s, "400000000000001")


def running(site: Site, serial: int = 0) -> CampaignRow:
    """Write a running campaign on the site's number."""
    row = CampaignRow(
        site.ctx.tenant_id,
        f"cmp_{serial:026d}",
        name="Spring",
        state="running",
        number_id=site.number.id,
        template_id="tpl_" + "0" * 26,
        audience_filter={"type": "all"},
        variables={},
        created_at=1,
    )
    Campaigns(site.ctx).create(row)
    return row


def campaign(site: Site, serial: int = 0) -> CampaignRow:
    """Return a campaign as it is now."""
    return Campaigns(site.ctx).get(f"cmp_{serial:026d}")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_ban_and_its_end_in_any_order(site: Site, order: tuple[int, ...]) -> None:
    """Scheduled, banned, reinstated: the last word counts, and the number follows it."""
    reports = [ban("SCHEDULE_FOR_DISABLE", _AT_S), ban("DISABLE", _AT_S + 10)]
    reports.append(ban("REINSTATE", _AT_S + 20))
    for place in order:
        site.deliver(reports[place], times=2)
    assert site.account().state["ban"]["ban_info"]["waba_ban_state"] == "REINSTATE"
    assert site.numbers().status == "CONNECTED"
    site.deliver(ban("DISABLE", _AT_S + 30))
    assert site.numbers().status == "BANNED"


def test_what_stops_adds_up(site: Site) -> None:
    """A reinstated account whose partner was removed still cannot send; added again it can."""
    running(site)
    site.deliver(partner("PARTNER_REMOVED", _AT_S))
    assert (campaign(site).state, site.numbers().status) == ("paused", "DISCONNECTED")
    assert "disconnected" in (campaign(site).state_reason or "")
    site.deliver(ban("REINSTATE", _AT_S + 5))
    assert site.numbers().status == "DISCONNECTED"
    for place, (event, status) in enumerate(
        (
            ("PARTNER_ADDED", "CONNECTED"),
            ("PARTNER_APP_UNINSTALLED", "DISCONNECTED"),
            ("PARTNER_APP_INSTALLED", "CONNECTED"),
            ("ACCOUNT_OFFBOARDED", "DISCONNECTED"),
            ("ACCOUNT_RECONNECTED", "CONNECTED"),
        )
    ):
        site.deliver(partner(event, _AT_S + 10 + place))
        assert site.numbers().status == status, event


def test_restriction_pauses_what_it_forbids(site: Site, clock: SettableClock) -> None:
    """Campaigns pause where no conversation may be begun, not for other or past restrictions."""
    running(site)

    def restrict(kind: str, until_ms: int, at_s: int) -> None:
        info = [{"restriction_type": kind, "expiration": until_ms // 1000}]
        value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": info}
        site.deliver(report("account_update", value, at_s))

    later, past = clock.now_ms() + 86_400_000, clock.now_ms() - 1_000
    restrict("RESTRICTED_ADD_PHONE_NUMBER_ACTION", later, _AT_S)
    restrict("RESTRICTED_BIZ_INITIATED_MESSAGING", past, _AT_S + 1)
    assert campaign(site).state == "running"
    restrict("RESTRICTED_BIZ_INITIATED_MESSAGING", later, _AT_S + 2)
    assert (campaign(site).state, site.numbers().status) == ("paused", "CONNECTED")


def test_campaigns_of_other_numbers_go_on(site: Site, other_number: NumberRow) -> None:
    """Another tenant's account being deleted pauses nothing here."""
    running(site)
    site.deliver(report("account_update", {"event": "ACCOUNT_DELETED"}, waba=other_number.waba_id))
    assert (campaign(site).state, site.numbers().status) == ("running", "CONNECTED")


@pytest.mark.parametrize(
    ("value", "tier"),
    [
        ({"max_daily_conversations_per_business": 2000}, "TIER_2K"),
        ({"max_daily_conversations_per_business": "TIER_100K"}, "TIER_100K"),
        (
            {"max_daily_conversations_per_business": -1, "max_phone_numbers_per_waba": 25},
            "TIER_UNLIMITED",
        ),
        ({"max_daily_conversation_per_phone": 1000}, "TIER_1K"),
        ({"max_phone_numbers_per_business": 20}, None),
        ({"max_daily_conversations_per_business": 777}, None),
    ],
)
def test_capability_is_the_tier(site: Site, value: dict[str, Any], tier: str | None) -> None:
    """Meta writes the tier as a number, a name, or -1; another number leaves what is known."""
    site.deliver(report("business_capability_update", value))
    assert site.numbers().messaging_limit == tier
    assert site.account().state["capability"] == value


def test_older_report_of_a_number_changes_nothing(site: Site) -> None:
    """The newest tier stands, whatever comes after it."""
    for limit, at_s in (("TIER_10K", _AT_S + 9), ("TIER_2K", _AT_S)):
        value = {
            "display_phone_number": "15550100001",
            "event": "UPGRADE",
            "current_limit": limit,
        }
        site.deliver(report("phone_number_quality_update", value, at_s), times=2)
    assert site.numbers().messaging_limit == "TIER_10K"


def test_reports_of_a_number_that_the_account_does_not_have(site: Site) -> None:
    """A display number that is none of the tenant's leaves the numbers alone."""
    value = {"display_phone_number": "19998887777", "event": "FLAGGED", "current_limit": "TIER_2K"}
    site.deliver(report("phone_number_quality_update", value))
    assert (site.numbers().status, site.numbers().messaging_limit) == ("CONNECTED", None)


def test_what_is_only_told(site: Site) -> None:
    """Alerts, PIN changes, usernames and settings are shown at the account or the number."""
    alert = {
        "entity_type": "WABA",
        "entity_id": "200000000000001",
        "alert_info": {
            "alert_severity": "CRITICAL",
            "alert_status": "ACTIVE",
            "alert_type": "OBA_APPROVED",
            "alert_description": "Look at it.",
        },
    }
    shown = {"display_phone_number": "15550100001"}
    site.deliver(report("account_alerts", alert))
    site.deliver(report("security", {**shown, "event": "PIN_REQUEST_SUCCESS", "requester": 5}))
    username = {**shown, "username": "@acme", "status": "approved"}
    site.deliver(report("business_username_update", username))
    settings = {
        "phone_number_settings": {
            "phone_number_id": "300000000000001",
            "calling": {"status": "ON"},
        },
        "timestamp": str(_AT_S),
        "type": "phone_number_settings",
    }
    site.deliver(report("account_settings_update", settings))
    state = site.account().state
    assert state["alerts"]["OBA_APPROVED 200000000000001"]["alert_status"] == "ACTIVE"
    assert state["security"]["15550100001"] == {"event": "PIN_RESET_SUCCESS", "requester": "5"}
    assert state["settings"]["300000000000001"]["phone_number_settings"]["calling"] == {
        "status": "ON"
    }
    assert (site.numbers().username, site.numbers().username_status) == ("acme", "approved")
    site.deliver(report("business_username_update", {**username, "status": "deleted"}, _AT_S + 1))
    assert site.numbers().username is None


def test_parts_of_a_matter_are_bounded() -> None:
    """Of a matter with parts the newest are kept, so that no account's row grows without end."""
    state: dict[str, Any] = {}
    times: dict[str, int] = {}
    for serial in range(MOST_PARTS + 5):
        found = with_report(state, times, "flows", {"n": serial}, 1000 + serial, f"f{serial}")
        assert found is not None
        state, times = found
    assert len(state["flows"]) == MOST_PARTS
    assert "f0" not in state["flows"]
    assert sum(name.startswith("flows/") for name in times) == MOST_PARTS


def test_two_reports_of_one_moment_end_the_same() -> None:
    """Whichever of two reports of the same second comes first, the same one is kept."""
    one, other = {"decision": "APPROVED"}, {"decision": "REJECTED"}
    ends = set()
    for first, second in ((one, other), (other, one)):
        found = with_report({}, {}, "review", first, 5, None)
        assert found is not None
        again = with_report(*found, "review", second, 5, None)
        ends.add(json.dumps((again or found)[0]))
    assert len(ends) == 1


def test_failure_that_all_would_have_pauses_the_campaign(site: Site) -> None:
    """132015 for messages that Meta held back pauses their campaign once, with what to do.

    A campaign that somebody has resumed is not paused again by the same delivery.
    """
    running(site)
    payload = sample("status_failed_132015_template_paused_after_hold")
    for status in statuses_of(payload):
        key = MessageKey(site.ctx.tenant_id, site.contact.id, "msg_" + "0" * 26, f"cmp_{'0' * 26}")
        status["biz_opaque_callback_data"] = encode_callback(key)
    site.deliver(payload, times=2)
    row = campaign(site)
    assert row.state == "paused"
    assert "132015" in (row.state_reason or "")
    change_state(site.ctx, row, ("paused",), "running")
    site.deliver(payload)
    assert campaign(site).state == "running"


def test_account_wide_failure_is_shown_at_the_account(site: Site) -> None:
    """131042 of any message tells the tenant that the account has no way to pay."""
    payload = sample("status_failed_131026_undeliverable")
    for status in statuses_of(payload):
        status["errors"][0]["code"] = 131042
    site.deliver(site.ours(payload))
    found = site.account().state["send_errors"]["300000000000001"]
    assert found["code"] == 131042
    assert found["next"]


def test_error_without_a_message(site: Site, clock: SettableClock) -> None:
    """130429 holds the number's campaigns for five seconds, however often it is told; a dead token
    turns the number red.
    """
    now_ms = clock.now_ms()
    reserve_slot(site.ctx, site.number.id, 1_000, now_ms)
    payload = sample("in_text")
    value = payload["entry"][0]["changes"][0]["value"]
    del value["messages"]
    value["errors"] = [{"code": 130429, "title": "Rate limit hit"}, {"code": 190, "title": "No"}]
    site.deliver(payload, times=2)
    following = reserve_slot(site.ctx, site.number.id, 1_000, now_ms)
    assert following.start_ms - now_ms == 5_000
    assert site.numbers().token_error
    assert site.account().state["send_errors"]["300000000000001"]["code"] == 190


def test_large_messages_fit_their_queue(site: Site) -> None:
    """Ten messages that together are more than SQS takes in one request all arrive."""
    payload = sample("in_text")
    value = payload["entry"][0]["changes"][0]["value"]
    message = value["messages"][0]
    value["messages"] = [
        {
            **message,
            "id": f"wamid.{serial}",
            "type": "contacts",
            "contacts": [{"name": {"formatted_name": "é" * 9_000}}],
        }
        for serial in range(12)
    ]
    site.deliver(payload)
    assert len(site.thread()) == 12


def test_stopped_number_sends_nothing(site: Site) -> None:
    """A campaign of a number that cannot send is neither resumed nor launched, and says why."""
    running(site)
    site.deliver(ban("DISABLE", _AT_S))
    with pytest.raises(Conflict) as refused:
        lifecycle.resume(site.ctx, f"cmp_{'0' * 26}")
    assert refused.value.code == "number_stopped"
    assert campaign(site).state == "paused"
    site.deliver(ban("REINSTATE", _AT_S + 9))
    assert lifecycle.resume(site.ctx, f"cmp_{'0' * 26}").state == "running"
