"""An agent's message to a customer: of any type, within the rules of the 24-hour window.

    message                                   allowed
    template                                  at any time; to somebody who opted out only as an
                                              answer within the window, and then no marketing; a
                                              one-time code only to a phone
    with a `category` (Direct Send)           as a template
    any other                                 within 24 hours of what the customer last wrote, from
                                              the number that they wrote to

The row is written before Meta is called, so that a message that went out is never without one. If
the answer stays away it is `unknown`, is never sent again by itself, and a status settles it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id, ordered_id
from chalicelib.schemas.message_send import MessageSend
from chalicelib.schemas.thread import MessageOut
from chalicelib.services import failures, plans
from chalicelib.services.assignment import check_sees
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.message_content import Draft, draft, wrong_field
from chalicelib.services.message_view import message_out
from chalicelib.services.number_token import watching_token
from chalicelib.services.sendable import check_can_send
from chalicelib.services.service_window import window_closes_ms
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.message_changes import MessageChanges
from chalicelib.storage.messages import MessageRow, Messages
from chalicelib.storage.numbers import NumberRow, Numbers, access_token
from chalicelib.storage.pacing import note_inbox
from chalicelib.storage.usage import day_limit_reached, give_back_messages, take_messages
from chalicelib.whatsapp.errors import Retry, WhatsAppError, as_app_error
from chalicelib.whatsapp.message_sender import Accepted
from chalicelib.whatsapp.messages import SendOptions, content_message
from chalicelib.whatsapp.sending import send_now

if TYPE_CHECKING:
    from chalicelib.schemas.messages import Message


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A message on its way: who gets it, from which number, and what it is about."""

    message_id: str
    contact: ContactRow
    number: NumberRow
    draft: Draft
    about: MessageRow | None
    options: SendOptions
    at_ms: int
    token: str = field(repr=False)
    is_template: bool = False

    @property
    def to(self) -> str:
        """The phone, or the user id of somebody whose phone is hidden."""
        return self.contact.phone or self.contact.bsuid or ""


def send(
    ctx: TenantContext, contact_id: str, body: MessageSend, clock: Clock = SYSTEM_CLOCK
) -> MessageOut:
    """Send one message to a contact and return it as the thread shows it.

    Raises NotFound; Invalid naming a field that Meta or Parley cannot take; Conflict
    `window_closed`, `opted_out`, `needs_phone`, `template_not_approved`, `not_at_whatsapp`,
    `plan_limit_reached` (templates count among the plan's messages of a day); and
    what Meta refuses as Upstream, Invalid or Unavailable, with the row kept as failed. 4 RRU, 5
    WRU, one call of Meta; more for a file or a quotation.
    """
    outgoing = _prepare(ctx, contact_id, body.root, clock.now_ms())
    is_counted = outgoing.is_template and _count(ctx, outgoing.at_ms)
    messages = Messages(ctx)
    messages.record_outgoing(contact_id, outgoing.message_id, "claimed", _fields(ctx, outgoing))
    try:
        accepted = _hand_over(ctx, outgoing)
    except WhatsAppError as error:
        _note_failure(messages, contact_id, outgoing.message_id, error, clock)
        if is_counted and error.retry is not Retry.AMBIGUOUS:
            give_back_messages(ctx.tenant_id, 1, outgoing.at_ms)
        recipient = (contact_id, outgoing.message_id, outgoing.to)
        failures.tell(ctx, outgoing.number.id, error, recipient, clock.now_ms())
        raise as_app_error(error) from error
    proof: dict[str, str | int] = {"wamid": accepted.message_id, "accepted_at": clock.now_ms()}
    state = "held" if accepted.is_held else "accepted"
    messages.record_outgoing(contact_id, outgoing.message_id, state, proof)
    _show(ctx, outgoing)
    note_inbox(ctx, outgoing.number.id, 1, clock.now_ms())
    about = outgoing.about
    around = {about.wamid: about} if about is not None and about.wamid else {}
    return message_out(messages.get(contact_id, outgoing.message_id), around, outgoing.at_ms)


def _prepare(ctx: TenantContext, contact_id: str, message: Message, now_ms: int) -> _Outgoing:
    """Return the message ready to go; nothing is written, and nothing of it is at Meta yet."""
    contact = Contacts(ctx).get(contact_id)
    conversation = Conversations(ctx).find(contact_id)
    check_sees(ctx, conversation)
    number = _number(ctx, message, conversation)
    check_can_send(number)
    is_open = _is_window_open(conversation, number, now_ms)
    is_free_form = message.type != "template" and getattr(message, "category", None) is None
    if is_free_form and not is_open:
        raise Conflict(
            "The 24-hour window is closed: only a template can be sent until the customer writes.",
            code="window_closed",
        )
    about = _about(ctx, contact_id, message)
    token = access_token(number)
    ready = draft(ctx, number, message)
    if not is_free_form:
        _check_consent(contact, ready.category, is_open=is_open)
        _check_phone(contact, message, ready.category)
    if message.type == "reaction" and about is not None:
        ready.content["message_id"] = about.wamid
    is_quotation = about is not None and message.type != "reaction"
    options = SendOptions(
        context_wamid=about.wamid if about is not None and is_quotation else None,
        identity_key_hash=message.recipient_identity_key_hash,
        category=getattr(message, "category", None),
        ttl_seconds=getattr(message, "ttl_seconds", None),
    )
    return _Outgoing(
        message_id=ordered_id("msg", now_ms),
        contact=contact,
        number=number,
        draft=ready,
        about=about,
        options=options,
        at_ms=now_ms,
        token=token,
        is_template=not is_free_form,
    )


def _count(ctx: TenantContext, now_ms: int) -> bool:
    """Count a template among the plan's messages of the day; False where they have no limit.

    Raises LimitReached. 0.5 RRU, 1 WRU.
    """
    limit = plans.limit(ctx, "messages_per_day")
    if limit is None:
        return False
    if not take_messages(ctx.tenant_id, 1, limit, now_ms):
        raise day_limit_reached(ctx.tenant_id, limit, now_ms)
    return True


def _number(
    ctx: TenantContext, message: Message, conversation: ConversationRow | None
) -> NumberRow:
    number_id = message.number_id or (None if conversation is None else conversation.number_id)
    if number_id is None:
        raise wrong_field(
            "number_id", "This contact has not written yet: name the number that sends."
        )
    try:
        return Numbers(ctx).get(number_id)
    except NotFound:
        raise wrong_field("number_id", "There is no such number.") from None


def _is_window_open(conversation: ConversationRow | None, number: NumberRow, now_ms: int) -> bool:
    """Tell whether the customer has written to this very number in the last 24 hours."""
    if conversation is None or conversation.number_id != number.id:
        return False
    closes_ms = window_closes_ms(conversation)
    return closes_ms is not None and closes_ms > now_ms


def _check_consent(contact: ContactRow, category: str | None, *, is_open: bool) -> None:
    """Raise Conflict for a message that its recipient has said not to want."""
    is_marketing = category == "marketing"
    stopped = contact.opted_out_at is not None and (is_marketing or not is_open)
    if stopped or (is_marketing and contact.marketing_opted_out_at is not None):
        kind = "marketing messages" if is_marketing else "messages"
        raise Conflict(
            f"This contact has opted out of {kind}; wait until they write.", code="opted_out"
        )


def _check_phone(contact: ContactRow, message: Message, category: str | None) -> None:
    """Raise Conflict for a one-time code to somebody whose phone is hidden: Meta's 131062."""
    if message.type == "template" and category == "authentication" and contact.phone is None:
        raise Conflict(
            "WhatsApp sends one-time codes to phone numbers only, and this contact hides theirs: "
            "ask for it with an interactive message of type request_contact_info.",
            code="needs_phone",
        )


def _about(ctx: TenantContext, contact_id: str, message: Message) -> MessageRow | None:
    """Return the message of the thread that this one answers or reacts to, by our id or Meta's."""
    if message.type == "reaction":
        path, wanted = "reaction.message_id", message.reaction.message_id
    elif message.context is not None:
        path, wanted = "context.message_id", message.context.message_id
    else:
        return None
    found: MessageRow | None
    try:
        found = (
            Messages(ctx).get(contact_id, wanted)
            if is_id("msg", wanted)
            else MessageChanges(ctx).find_by_wamid(contact_id, wanted)
        )
    except NotFound:
        found = None
    if found is None:
        raise wrong_field(path, "There is no such message in this conversation.")
    if found.wamid is None:
        raise Conflict(
            "That message never reached WhatsApp, so nothing can refer to it.",
            code="not_at_whatsapp",
        )
    return found


def _fields(ctx: TenantContext, outgoing: _Outgoing) -> dict[str, str | int]:
    """Return what is known of the message before Meta has it."""
    ready, about = outgoing.draft, outgoing.about
    fields: dict[str, str | int] = {
        "direction": "out",
        "type": ready.type,
        "text": ready.text,
        "content": json.dumps(ready.content),
        "to": outgoing.to,
        "sent_by": ctx.user_id,
        "at": outgoing.at_ms,
    }
    if ready.media is not None:
        fields["media"] = ready.media
    if ready.category is not None:
        fields["category"] = ready.category
    if about is not None and about.wamid is not None:
        fields["context_wamid"] = about.wamid
    return fields


def _hand_over(ctx: TenantContext, outgoing: _Outgoing) -> Accepted:
    key = MessageKey(ctx.tenant_id, outgoing.contact.id, outgoing.message_id, None)
    payload = content_message(
        outgoing.to,
        outgoing.draft.type,
        outgoing.draft.content,
        encode_callback(key),
        outgoing.options,
    )
    number = outgoing.number
    with watching_token(ctx, number):
        return send_now(outgoing.token, number.phone_number_id, payload)


def _note_failure(
    messages: Messages, contact_id: str, message_id: str, error: WhatsAppError, clock: Clock
) -> None:
    fields: dict[str, str | int] = {"error": error.detail}
    if error.code is not None:
        fields["error_code"] = error.code
    if error.retry is Retry.AMBIGUOUS:
        messages.raise_state(contact_id, message_id, "unknown", fields)
    else:
        fields["failed_at"] = clock.now_ms()
        messages.raise_state(contact_id, message_id, "failed", fields)


def _show(ctx: TenantContext, outgoing: _Outgoing) -> None:
    """Put the accepted message where the inbox shows it."""
    contact, ready, about = outgoing.contact, outgoing.draft, outgoing.about
    if ready.type == "reaction":
        if about is not None:
            emoji = str(ready.content["emoji"])
            MessageChanges(ctx).react(contact.id, about.id, "out", emoji, outgoing.at_ms)
        return
    Conversations(ctx).note_sent(contact, outgoing.number.id, ready.text, outgoing.at_ms)
