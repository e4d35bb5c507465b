"""A webhook for one tenant's number never touches another tenant, whatever else it names."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import NumberRow
from tests.component.isolation.conftest import everything
from tests.component.webhooks.conftest import (
    ANA,
    ANA_ID,
    PAYLOADS,
    Site,
    connect,
    sample,
    site,
    statuses_of,
)

__all__ = ["site"]

OTHER_PHONE_ID, OTHER_WABA = "300000000000003", "200000000000002"
OWN_PHONE_ID, OWN_WABA = "300000000000001", "200000000000001"
SAMPLES = sorted(
    path.stem
    for path in PAYLOADS.glob("*.json")
    if not path.stem.startswith("_") and not path.stem.endswith(".wire")
)


class Victim:
    """The other tenant: a number, the same customer, a message that was sent to them."""

    def __init__(self, ctx: TenantContext) -> None:
        self.ctx = ctx
        self.number: NumberRow = connect(ctx, OTHER_PHONE_ID, OTHER_WABA, "+44 7700 900003")
        self.contact: ContactRow = Contacts(ctx).find_or_create_by_identity(
            phone=ANA, bsuid=ANA_ID, profile_name="Ana of the other", now_ms=1
        )
        self.campaign = CampaignRow(
            ctx.tenant_id,
            f"cmp_{'2' * 26}",
            name="Theirs",
            state="running",
            number_id=self.number.id,
            template_id=f"tpl_{1:026d}",
            audience_filter={"type": "all"},
            variables={},
            created_at=1,
        )
        Campaigns(ctx).create(self.campaign)
        self.message_id = f"msg_{'3' * 26}"
        proof: dict[str, str | int] = {"wamid": "wamid.theirs", "accepted_at": 1}
        Messages(ctx).record_outgoing(self.contact.id, self.message_id, "accepted", proof)

    def key(self) -> str:
        """Return the signed key of the message, as Meta would echo it."""
        key = MessageKey(self.ctx.tenant_id, self.contact.id, self.message_id, self.campaign.id)
        return encode_callback(key)

    @contextmanager
    def untouched(self, what: object) -> Iterator[None]:
        """Fail if anything of this tenant is another after the block than before."""
        before = self._kept()
        yield
        after = self._kept()
        changed = [k for k in before.keys() | after.keys() if before.get(k) != after.get(k)]
        assert not changed, (what, changed)

    def _kept(self) -> dict[str, Any]:
        return {k: v for k, v in everything().items() if self.ctx.tenant_id in f"{k}{v}"}


@pytest.fixture
def victim(other_ctx: TenantContext) -> Victim:
    """Give the other tenant."""
    return Victim(other_ctx)


def with_ids(payload: Any, phone_number_id: str, waba_id: str) -> Any:
    """Return a delivery about this number and this account, whatever it was about."""
    changed = copy.deepcopy(payload)
    for entry in changed.get("entry", []):
        entry["id"] = waba_id
        for change in entry.get("changes", []):
            value = change.get("value")
            if isinstance(value, dict) and isinstance(value.get("metadata"), dict):
                value["metadata"]["phone_number_id"] = phone_number_id
            if isinstance(value, dict) and "phone_number_id" in value:
                value["phone_number_id"] = phone_number_id
    return changed


def _about_messages(payload: Any) -> bool:
    return all(
        "metadata" in change.get("value", {})
        for entry in payload.get("entry", [])
        for change in entry.get("changes", [])
    )


# The others name an account alone: its owner is the one that they are about.
ABOUT_NUMBERS = [stem for stem in SAMPLES if _about_messages(sample(stem))]


@pytest.mark.parametrize("stem", ABOUT_NUMBERS)
def test_every_sample_about_the_own_number(site: Site, victim: Victim, stem: str) -> None:
    """Each sample about one tenant's number, in the other's account: nothing of the other changes,
    for whose it is follows from the number.
    """
    forged = with_ids(sample(stem), OWN_PHONE_ID, OTHER_WABA)
    with victim.untouched(stem):
        site.deliver(forged)


@pytest.mark.parametrize("stem", [s for s in SAMPLES if s.startswith(("status", "batch"))])
def test_statuses_with_the_key_of_another(site: Site, victim: Victim, stem: str) -> None:
    """A status for one tenant's number with the other's signed key, or with its wamid, joins
    nothing of either; neither does one with a key that was altered.
    """
    payload = with_ids(sample(stem), OWN_PHONE_ID, OWN_WABA)
    good = victim.key()
    altered = good.replace(victim.ctx.tenant_id, site.ctx.tenant_id)
    for key in (good, altered, good[:-1], f"{good}A", "p1.....", "", "p1." + "." * 500):
        for status in statuses_of(payload):
            status["biz_opaque_callback_data"] = key
            status["id"] = "wamid.theirs"
        with victim.untouched((stem, key)):
            site.deliver(payload)
    assert Messages(victim.ctx).get(victim.contact.id, victim.message_id).state == "accepted"
    assert site.thread(site.contact.id) == []


def test_the_other_s_own_number_reaches_it(site: Site, victim: Victim) -> None:
    """The same key with the number that it belongs to is joined, so that the above is about whose
    number it is.
    """
    payload = with_ids(sample("status_delivered_no_pricing"), OTHER_PHONE_ID, OTHER_WABA)
    for status in statuses_of(payload):
        status["biz_opaque_callback_data"] = victim.key()
    site.deliver(payload)
    assert Messages(victim.ctx).get(victim.contact.id, victim.message_id).state == "delivered"


@pytest.mark.parametrize("stem", ["in_reaction_added", "in_revoke", "in_edit_image_caption"])
def test_what_is_said_of_the_message_of_another(site: Site, victim: Victim, stem: str) -> None:
    """A reaction, a revocation and an edit that name the other tenant's message leave it alone,
    although the same person wrote to both.
    """
    payload = sample(stem)
    text = json.dumps(with_ids(payload, OWN_PHONE_ID, OWN_WABA))
    named = [
        message[kind][name]
        for entry in payload["entry"]
        for change in entry["changes"]
        for message in change["value"]["messages"]
        for kind in ("reaction", "revoke", "edit")
        if kind in message
        for name in ("message_id", "original_message_id")
        if name in message[kind]
    ]
    assert named
    for wamid in named:
        text = text.replace(wamid, "wamid.theirs")
    with victim.untouched(stem):
        site.deliver(json.loads(text))


@pytest.mark.parametrize("stem", [s for s in SAMPLES if s.startswith(("account", "phone_number"))])
def test_reports_of_an_account_that_name_another_s_number(
    site: Site, victim: Victim, stem: str
) -> None:
    """A report of one tenant's account that names the other's number changes nothing of it."""
    payload = with_ids(sample(stem), OTHER_PHONE_ID, OWN_WABA)
    text = json.dumps(payload).replace("15550100001", "447700900003")
    with victim.untouched(stem):
        site.deliver(json.loads(text))
