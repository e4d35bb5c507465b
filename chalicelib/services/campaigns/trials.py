"""A campaign's message to a few people before it is launched: real messages, outside its ledger.

    recipient                    gets
    a contact, by id or phone    what the campaign would send them; in their thread it is marked
    a phone that is no contact   the same, with the fallbacks; Parley keeps nothing of it

A value that is missing is shown by its name in brackets. Whoever opted out gets none. They count
among the plan's messages of the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.campaign_tests import CampaignTest, TestedOut, TestOut
from chalicelib.services import failures, plans
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns import files, readiness
from chalicelib.services.campaigns.audience import Member, Recipient, Variables, plan_recipient
from chalicelib.services.campaigns.walking import Plan
from chalicelib.services.number_token import DEAD_TOKEN_CODES, note_token_refused
from chalicelib.storage.audience import Person, people_now
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import NumberRow, Numbers, access_token
from chalicelib.storage.tenants import get_tenant
from chalicelib.storage.usage import day_limit_reached, give_back_messages, take_messages
from chalicelib.whatsapp.errors import Retry, TokenRefused, WhatsAppError, as_app_error
from chalicelib.whatsapp.messages import template_message
from chalicelib.whatsapp.template_text import TemplateShape, preview, send_components, shape_of

if TYPE_CHECKING:
    from chalicelib.whatsapp.message_sender import Accepted

MARK = "test"
_NO_KEY = "test"  # Meta echoes it; a status with it is nobody's


@dataclass(frozen=True, slots=True)
class _Trial:
    """One test message: `recipient.contact_id` is "" for a phone that is no contact."""

    ctx: TenantContext
    number: NumberRow
    token: str = field(repr=False)
    shape: TemplateShape
    recipient: Recipient
    category: str
    at_ms: int


def send(
    ctx: TenantContext, campaign_id: str, wish: CampaignTest, clock: Clock = SYSTEM_CLOCK
) -> TestOut:
    """Send the campaign's message to at most five people and return what became of each.

    Raises what a launch would raise, Invalid naming a recipient that is none, and LimitReached
    where the plan has not so many messages left today. A few RRU, 2 WRU and one call of Meta a
    recipient, all at once. Run twice it sends twice.
    """
    row = Campaigns(ctx).get(campaign_id)
    if row.state == "cancelled":
        raise Conflict("The campaign is cancelled; duplicate it.", code="campaign_state")
    people = _people(ctx, wish)
    template, now_ms = readiness.ready(ctx, row), clock.now_ms()
    plan = readiness.make_plan(ctx, row, template, row.id, now_ms)
    number, shape = Numbers(ctx).get(row.number_id), shape_of(**plan.template)
    planned = [_planned(person, plan, now_ms) for person in people]
    ready = files.with_meta_ids(ctx, number, shape, planned)
    token = access_token(number)
    trials = [_Trial(ctx, number, token, shape, one, plan.category, now_ms) for one in ready]
    sent = [trial for trial in trials if trial.recipient.skip is None]
    is_counted = _count(ctx, len(sent), now_ms)
    for trial in sent:
        _record(trial, "claimed", _fields(trial))
    answers = dict(zip(map(id, sent), _hand_over(sent), strict=True))
    refused = sum(map(_is_refusal, answers.values()))
    if is_counted and refused:
        give_back_messages(ctx.tenant_id, refused, now_ms)
    return TestOut(items=[_settled(trial, answers.get(id(trial)), clock) for trial in trials])


def _count(ctx: TenantContext, messages: int, now_ms: int) -> bool:
    """Count so many messages of the day; False where they have no limit. Raises LimitReached.

    0.5 RRU, 1 WRU.
    """
    limit = plans.limit(ctx, "messages_per_day")
    if limit is None or not messages:
        return False
    granted = take_messages(ctx.tenant_id, messages, limit, now_ms)
    if granted < messages:
        if granted:
            give_back_messages(ctx.tenant_id, granted, now_ms)
        raise day_limit_reached(ctx.tenant_id, limit, now_ms)
    return True


def _is_refusal(answer: Accepted | WhatsAppError) -> bool:
    return isinstance(answer, WhatsAppError) and answer.retry is not Retry.AMBIGUOUS


def _people(ctx: TenantContext, wish: CampaignTest) -> list[Person]:
    from chalicelib.services.phones import PhoneProblem, read_phone

    known = people_now(ctx, wish.contact_ids)
    for position, contact_id in enumerate(wish.contact_ids):
        if contact_id not in known:
            raise _wrong(f"contact_ids.{position}", "There is no such contact.")
    found = {contact_id: known[contact_id] for contact_id in wish.contact_ids}
    country = get_tenant(ctx.tenant_id).country
    for position, text in enumerate(wish.phones):
        try:
            phone = read_phone(text, country).e164
        except PhoneProblem as problem:
            raise _wrong(f"phones.{position}", problem.words) from None
        owner, _ = Contacts(ctx).find(phone, None)
        person = None if owner is None else people_now(ctx, [owner]).get(owner)
        found.setdefault(owner or phone, person or _stranger(phone))
    return list(found.values())


def _stranger(phone: str) -> Person:
    return Person(
        id="",
        phone=phone,
        bsuid=None,
        name="",
        tags=(),
        fields={},
        country=None,
        language=None,
        opted_out_at=None,
        marketing_opted_out_at=None,
        cooling_until=None,
        undeliverable_at=None,
        last_seen_at=None,
        created_at=0,
    )


def _planned(person: Person, plan: Plan, now_ms: int) -> Recipient:
    variables = _shown(plan.variables)
    message_id = ordered_id("msg", now_ms)
    return plan_recipient(Member(person.id, person), variables, plan.rules(now_ms), message_id)


def _shown(variables: Variables) -> Mapping[str, Mapping[str, str | None]]:
    """Return the variables with a value in brackets for those that may have none."""
    return {
        name: {
            **source,
            "fallback": source.get("fallback")
            or f"[{source.get('column') or source.get('field') or name}]",
        }
        for name, source in variables.items()
    }


def _hand_over(trials: Sequence[_Trial]) -> list[Accepted | WhatsAppError]:
    """Hand all to Meta at once; return its answers in the same order."""
    import asyncio

    from chalicelib.whatsapp.message_sender import MessageSender, sender_for_running_loop

    async def one(sender: MessageSender, trial: _Trial) -> Accepted | WhatsAppError:
        try:
            return await sender.send(trial.number.phone_number_id, trial.token, _payload(trial))
        except WhatsAppError as error:
            return error

    async def each() -> list[Accepted | WhatsAppError]:
        sender = sender_for_running_loop()
        try:
            return list(await asyncio.gather(*(one(sender, trial) for trial in trials)))
        finally:
            await sender.aclose()

    return asyncio.run(each())


def _settled(trial: _Trial, answer: Accepted | WhatsAppError | None, clock: Clock) -> TestedOut:
    if answer is None:
        return _out(trial, "skipped", trial.recipient.skip)
    if isinstance(answer, WhatsAppError):
        return _failed(trial, answer, clock)
    state = "held" if answer.is_held else "accepted"
    _record(trial, state, {"wamid": answer.message_id, "accepted_at": clock.now_ms()})
    return _out(trial, state, None)


def _failed(trial: _Trial, error: WhatsAppError, clock: Clock) -> TestedOut:
    if isinstance(error, TokenRefused) and error.code in DEAD_TOKEN_CODES:
        ciphertext = trial.number.token_ciphertext
        note_token_refused(trial.ctx, trial.number.id, error.detail, ciphertext)
    fields: dict[str, str | int] = {"error": error.detail}
    if error.code is not None:
        fields["error_code"] = error.code
    state = "unknown" if error.retry is Retry.AMBIGUOUS else "failed"
    if state == "failed":
        fields["failed_at"] = clock.now_ms()
    _record(trial, state, fields)
    one = trial.recipient
    if one.contact_id:
        recipient = (one.contact_id, one.message_id, one.to)
        failures.tell(trial.ctx, trial.number.id, error, recipient, clock.now_ms())
    return _out(trial, state, as_app_error(error).detail)


def _out(trial: _Trial, state: str, why: str | None) -> TestedOut:
    one = trial.recipient
    return TestedOut(to=one.to, contact_id=one.contact_id or None, state=state, why=why)


def _record(trial: _Trial, state: str, fields: Mapping[str, str | int]) -> None:
    one = trial.recipient
    if one.contact_id:
        messages = Messages(trial.ctx)
        messages.record_outgoing(one.contact_id, one.message_id, state, fields)


def _fields(trial: _Trial) -> dict[str, str | int]:
    return {
        "direction": "out",
        "type": "template",
        "text": preview(trial.shape, trial.recipient.values),
        "to": trial.recipient.to,
        "sent_by": trial.ctx.user_id,
        "category": trial.category.lower(),
        "reason": MARK,
        "at": trial.at_ms,
    }


def _payload(trial: _Trial) -> Mapping[str, object]:
    one = trial.recipient
    key = MessageKey(trial.ctx.tenant_id, one.contact_id, one.message_id, None)
    return template_message(
        one.to,
        trial.shape.name,
        trial.shape.language,
        send_components(trial.shape, one.values),
        encode_callback(key) if one.contact_id else _NO_KEY,
    )


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code="recipient_invalid", errors=(FieldError(field, message),))
