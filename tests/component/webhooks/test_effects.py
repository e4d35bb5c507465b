"""Every sample payload goes through the webhook and has the effect that its file's name says."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from chalicelib.handlers import webhook
from chalicelib.storage.contacts import ContactRow
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.messages import MessageRow
from chalicelib.storage.numbers import NumberRow
from tests.component.webhooks.conftest import (
    ANA,
    APP_SECRET,
    PAYLOADS,
    Site,
    sample,
    signed,
    statuses_of,
    take,
)
from tests.component.webhooks.expected import (
    ECHO,
    IMAGE,
    OUT,
    SAMPLE,
    TEXT,
    Effect,
    account,
    address_book,
    all_250,
    both,
    called,
    changed_message,
    echoed,
    file,
    five,
    hidden,
    history,
    inbox,
    kept,
    mixed,
    nothing,
    number,
    quoting,
    renamed,
    shared_phone,
    state,
    stopped,
    template,
    two_statuses,
    with_parent,
    words,
)

_FLOW = "910000000000001"


def _has_referral(site: Site, source_id: str) -> None:
    assert json.loads(site.message().referral or "{}")["source_id"] == source_id


def _has_error(site: Site, code: int, words_of: str) -> None:
    assert (site.message().error_code, site.message().error) == (code, words_of)


def _is_bia(site: Site) -> None:
    (conversation,) = Conversations(site.ctx).page("open", 10, None).items
    assert (conversation.contact_name, conversation.contact_phone) == ("Bia", "+5511955501234")


def _has_new_text(site: Site) -> None:
    texts = [part.get("text") for part in site.template().components]
    assert "Hi {{1}}, new prices today." in texts
    assert "Reply STOP to opt out" in texts


EFFECTS: dict[str, Effect] = {
    "account_review_update_approved": account("review", decision="APPROVED"),
    "account_update_account_deleted": both(
        account("deleted", event="ACCOUNT_DELETED"), number(status="DELETED")
    ),
    "account_update_auth_international_eligibility": account(
        "auth_international", event="AUTH_INTL_PRICE_ELIGIBILITY_UPDATE"
    ),
    "account_update_partner_app_uninstalled": both(
        account("partner", event="PARTNER_APP_UNINSTALLED"), number(status="DISCONNECTED")
    ),
    "account_update_reinstated": both(
        account("ban", event="DISABLED_UPDATE"), number(status="CONNECTED")
    ),
    "account_update_restriction_utility_templates": account(
        "restrictions",
        restriction_info=[
            {"restriction_type": "RESTRICTED_UTILITY_TEMPLATES", "expiration": 1795304800}
        ],
    ),
    "account_update_unknown_event": account(
        "other_events", "SOMETHING_ELSE", something_info={"a": 1}
    ),
    "account_update_violation": account("violation", violation_info={"violation_type": "SCAM"}),
    "account_update_volume_tier": account(
        "volume_tiers", "UTILITY India", event="VOLUME_BASED_PRICING_TIER_UPDATE"
    ),
    "batch_messages_and_statuses_in_one_value": mixed,
    "batch_same_waba_in_two_entries": two_statuses,
    "batch_two_wabas": inbox("text", "tenant A"),
    "calls_connect_user_initiated": called,
    "calls_status_ringing": nothing,
    "duplicate_delivery_b_same_bytes": inbox("text", "delivered twice"),
    "flows_endpoint_latency_alert": account(
        "flows", f"{_FLOW} ENDPOINT_LATENCY", p90_latency=3200, alert_state="ACTIVATED"
    ),
    "flows_status_change": account(
        "flows", f"{_FLOW} FLOW_STATUS_CHANGE", new_status="THROTTLED", old_status="PUBLISHED"
    ),
    "history_declined_2593109": account("history", "300000000000001", error_code=2593109),
    "history_threads_chunk": history,
    "in_audio_file": file("audio", "[audio]", mime_type="audio/mpeg", voice=None),
    "in_audio_voice_note": file("audio", "[voice message]", voice=True),
    "in_bsuid_only_group_message": nothing,
    "in_bsuid_parent_and_phone": both(inbox("text", "linked portfolios"), with_parent),
    "in_button_auth_did_not_request_code": quoting(
        inbox("button", "I didn't request a code", payload="DID_NOT_REQUEST_CODE"), OUT
    ),
    "in_button_template_quick_reply": quoting(
        inbox("button", "Stop promotions", payload="UNSUBSCRIBE"), OUT
    ),
    "in_contacts_from_request_contact_info_bsuid": both(hidden, shared_phone),
    "in_contacts_several_minimal": inbox("contacts", "[contacts] A, B"),
    "in_document": file("document", "Contract", filename="Contrato nº 5.pdf"),
    "in_document_no_filename_unknown_mime": file(
        "document", "[document]", mime_type="application/octet-stream", filename=None
    ),
    "in_edit_image_caption": changed_message("edit", IMAGE, "[edited] Updated caption"),
    "in_group_text": nothing,
    "in_image": file("image", "My receipt", id="600000000000001"),
    "in_image_with_url": file("image", "[image]", id="600000000000002", mime_type="image/png"),
    "in_interactive_call_permission_reply": quoting(
        inbox("interactive", "accept", type="call_permission_reply"), OUT
    ),
    "in_interactive_nfm_reply_address": inbox(
        "interactive", "Ana Example\n1 Example Rd", type="nfm_reply"
    ),
    "in_interactive_nfm_reply_flow": inbox(
        "interactive",
        "Sent",
        nfm_reply={
            "name": "flow",
            "body": "Sent",
            "response_json": '{"flow_token":"tok-123","rating":"5","tags":["a","b"]}',
        },
    ),
    "in_location_current_only_coordinates": inbox(
        "location", "[location] -23.5505, -46.6333", latitude=-23.5505
    ),
    "in_message_without_type_field": inbox("unknown", "[unknown]"),
    "in_order": inbox("order", "[order] Gift wrap please", catalog_id="500000000000001"),
    "in_reaction_added": changed_message("reaction", OUT, "👍"),
    "in_reaction_removed_emoji_absent": changed_message("reaction", OUT, "[reaction removed]"),
    "in_reaction_removed_emoji_empty": changed_message("reaction", OUT, "[reaction removed]"),
    "in_revoke": changed_message("revoke", TEXT, "[deleted message]"),
    "in_sticker_animated": file("sticker", "[sticker]", animated=True),
    "in_sticker_static": file("sticker", "[sticker]", animated=None),
    "in_system_user_changed_user_id_no_phone": renamed,
    "in_text": inbox("text", "Hello, is the blue one in stock?"),
    "in_text_4096_chars": inbox("text", words("in_text_4096_chars")),
    "in_text_frequently_forwarded": inbox("text", "Forwarded often"),
    "in_text_identity_key_hash": inbox("text", "identity check on"),
    "in_text_referral_status_ad_no_clid": both(
        inbox("text", "Hello"),
        lambda site: _has_referral(site, "120200000000000002"),
    ),
    "in_text_referred_product": inbox("text", "Is this one available?"),
    "in_text_reply_context": quoting(inbox("text", "Yes please"), OUT),
    "in_text_unicode_emoji_rtl": inbox("text", words("in_text_unicode_emoji_rtl")),
    "in_text_wa_id_differs_from_phone_brazil": _is_bia,
    "in_unsupported_without_subobject": both(
        inbox("unsupported", "[unsupported]"),
        lambda site: _has_error(site, 131051, "Message type is currently not supported."),
    ),
    "odd_empty_changes": nothing,
    "odd_empty_entry_list": nothing,
    "odd_unknown_extra_properties_everywhere": inbox("text", "extra"),
    "odd_unknown_field": kept("quantum_update", "quantum_update"),
    "partner_solutions_created": nothing,
    "payment_configuration_update": account("payments", "pay-prod", status="Needs Testing"),
    "phone_number_name_update_approved": both(
        number(name_status="APPROVED", verified_name="Example Shop"),
        account("names", "15550100001", decision="APPROVED"),
    ),
    "phone_number_name_update_rejected": both(
        number(name_status="DECLINED", verified_name="Acme"),
        account("names", "15550100001", decision="REJECTED", reason="NAME_FORMAT"),
    ),
    "phone_number_quality_update_legacy_flagged": number(
        status="FLAGGED", messaging_limit="TIER_10K"
    ),
    "phone_number_quality_update_throughput_upgrade": number(
        throughput_level="HIGH", messaging_limit="TIER_UNLIMITED", status="CONNECTED"
    ),
    "smb_app_state_sync_add_and_remove": address_book,
    "smb_message_echoes_revoke_no_contacts": changed_message("revoke", ECHO, "[deleted message]"),
    "smb_message_echoes_text": echoed,
    "status_unknown_status_value": kept("messages", "status warped"),
    "statuses_batch_250": all_250,
    "statuses_five_recipients_mixed": five,
    "template_category_update_impending": template(
        category="UTILITY", correct_category="MARKETING", category_due_at=1_794_786_400_000
    ),
    "template_components_update": _has_new_text,
    "template_status_approved": template(status="APPROVED"),
    "template_status_approved_language_with_hyphen_no_category": template(2, status="APPROVED"),
    "template_status_disabled": template(status="DISABLED"),
    "template_status_flagged_disable_date_as_text": template(status="PENDING"),
    "template_status_paused_first": template(status="PAUSED"),
    "template_status_pending_deletion_reason_null": template(status="PENDING_DELETION"),
    "template_status_rejected_incorrect_category": template(
        status="REJECTED", rejected_reason="INCORRECT_CATEGORY"
    ),
    "template_status_rejected_with_rejection_info": template(
        status="REJECTED",
        rejection={
            "reason": "Variable placed next to another variable.",
            "recommendation": "Put text between variables.",
        },
    ),
    "template_status_unknown_event": template(status="PENDING"),
    "user_actions_marketing_link_click": nothing,
    "user_preferences_stop": stopped(1_794_700_077_000, ANA),
    "user_preferences_stop_bsuid_only": both(stopped(1_794_700_077_000, None), hidden),
}
_STATES: dict[str, Effect] = {
    stem: state(stem, *wanted, **more)
    for stem, wanted, more in (
        ("status_bsuid_only_delivered", ("delivered",), {"category": "marketing"}),
        ("status_delivered_marketing_lite", ("delivered",), {"category": "marketing_lite"}),
        ("status_delivered_no_pricing", ("delivered",), {}),
        (
            "status_delivered_service_free_before_oct_2026",
            ("delivered",),
            {"category": "service"},
        ),
        (
            "status_delivered_service_regular_since_oct_2026",
            ("delivered",),
            {"category": "service"},
        ),
        ("status_direct_send_template_id", ("sent",), {"category": "utility"}),
        ("status_failed_130472_experiment", ("failed",), {"code": 130472}),
        (
            "status_failed_131000_generic",
            ("failed",),
            {"code": 131000, "error": "Message failed to send due to an unknown error."},
        ),
        (
            "status_failed_131026_undeliverable",
            ("failed",),
            {"code": 131026, "undeliverable_at": None},
        ),
        ("status_failed_131047_reengagement", ("failed",), {"code": 131047}),
        (
            "status_failed_131050_user_stopped_marketing",
            ("failed",),
            {"code": 131050, "marketing_opted_out_at": 1_794_700_588_000, "opted_out_at": None},
        ),
        ("status_failed_132015_template_paused_after_hold", ("failed",), {"code": 132015}),
        (
            "status_failed_error_without_details_or_href",
            ("failed",),
            {"code": 131026, "error": "Message undeliverable"},
        ),
        ("status_failed_unknown_code", ("failed",), {"code": 139999, "error": "Not in any table"}),
        ("status_read_no_pricing", ("read",), {}),
        (
            "status_read_without_prior_delivered_with_pricing",
            ("read",),
            {"category": "utility"},
        ),
        ("status_sent_pmp_marketing", ("sent",), {"category": "marketing"}),
        ("status_with_biz_opaque_callback_data", ("sent",), {"category": "marketing"}),
        ("statuses_exact_duplicate_in_one_delivery", ("delivered",), {"category": "marketing"}),
    )
}
EFFECTS |= _STATES


def test_every_sample_has_an_effect() -> None:
    """No sample is without a row in the table, and no row without its sample."""
    assert set(EFFECTS) == set(SAMPLE)


@pytest.mark.parametrize("stem", sorted(EFFECTS))
def test_effect(site: Site, stem: str) -> None:
    """Delivered twice by Meta and by the queue, a sample has done what its name says, once."""
    site.deliver(site.ours(SAMPLE[stem]), times=2)
    EFFECTS[stem](site)


@pytest.mark.parametrize("name", sorted(path.name for path in PAYLOADS.glob("*.wire.json")))
def test_wire_files(site: Site, name: str) -> None:
    """Meta's exact bytes verify with their signature, and with one flipped byte they do not."""
    raw = (PAYLOADS / name).read_bytes()
    vectors = json.loads((PAYLOADS / "_signature_vectors.json").read_text())
    header = vectors["files"][name]["X-Hub-Signature-256"]
    assert vectors["app_secret"] == APP_SECRET
    event = signed(raw)
    event["headers"]["x-hub-signature-256"] = header
    assert header == "sha256=" + hmac.new(APP_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert webhook.handler(event, None)["statusCode"] == 200
    for place in (0, len(raw) // 2, len(raw) - 1):
        flipped = signed(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        flipped["headers"]["x-hub-signature-256"] = header
        assert webhook.handler(flipped, None)["statusCode"] == 403


def test_played_voice_message_was_read(site: Site) -> None:
    """`played` is as far as `read`, and a later `delivered` does not take it back."""
    payload = site.ours(sample("status_bsuid_only_delivered"))
    (status,) = statuses_of(payload)
    wamid = status["id"]
    status["status"] = "played"
    site.deliver(payload, times=2)
    assert site.sent(wamid).state == "read"
    site.deliver(site.ours(SAMPLE["status_bsuid_only_delivered"]))
    assert site.sent(wamid).state == "read"


def test_batch_over_two_tenants(site: Site, other_number: NumberRow, other_ctx: object) -> None:
    """Each tenant gets its own part of a delivery, and nothing of the other's."""
    site.deliver(SAMPLE["batch_two_wabas"])
    tenants = {row.tenant_id for row in ConversationRow.scan()}
    assert tenants == {site.ctx.tenant_id}
    other = json.loads(json.dumps(SAMPLE["in_text"]).replace("300000000000001", "300000000000003"))
    site.deliver(other)
    assert {row.tenant_id for row in ConversationRow.scan()} == {
        site.ctx.tenant_id,
        other_number.tenant_id,
    }
    report = json.loads(
        json.dumps(SAMPLE["account_update_violation"]).replace("200000000000001", "200000000000002")
    )
    site.deliver(report)
    assert site.account().state == {}


def test_foreign_keys_and_numbers_change_nothing(site: Site, other_number: NumberRow) -> None:
    """A status with a key of ours, sent by another tenant's number, moves no row and no contact."""
    forged = json.loads(
        json.dumps(site.ours(SAMPLE["status_failed_131050_user_stopped_marketing"])).replace(
            "300000000000001", "300000000000003"
        )
    )
    site.deliver(forged)
    assert MessageRow.count() == 0
    mine = [row for row in ContactRow.scan() if row.tenant_id == site.ctx.tenant_id]
    assert [row.marketing_opted_out_at for row in mine] == [None]
    assert take("inbound") == []
