"""From a request on /messages or /marketing_messages to a draft: whatever breaks no rule.

Order of the checks: shape, recipient, type, template, media. Drafting changes nothing but the
conversation that it opens and, for Direct Send, the hidden template of the account.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from . import ids
from .errors import invalid, known, required
from .model import Conversation, Json, Media, Number, Template
from .rules.direct_send import direct_category
from .rules.media import kind_problem, media_expired
from .rules.messages import MEDIA_TYPES, checked_content
from .rules.phone import to_wa_id
from .rules.shape import one_of, optional_text
from .rules.template_send import check_send, named
from .simulation import Simulation

MAX_CALLBACK_DATA = 512
_HOUR_S, _THROTTLED_SENDS = 3600.0, 10
_REACTABLE_S = 30 * 86_400.0
CLOUD_API, MARKETING_MESSAGES = "messages", "marketing_messages"


@dataclass(frozen=True)
class Doom:
    """Why an accepted message will fail: the code and the details of its failed status."""

    code: int
    details: str


@dataclass(frozen=True)
class Draft:
    """A request that broke no rule: what would be sent, and to whom.

    `contact` is `contacts[0]` of the answer, `category` what the message is priced as, `links` the
    (kind, URL) of media that are still to be fetched.
    """

    conversation: Conversation
    contact: Json
    type: str
    content: Json
    callback_data: str
    context_id: str
    category: str
    template: Template | None = None
    doom: Doom | None = None
    links: tuple[tuple[str, str], ...] = ()


def draft(simulation: Simulation, number: Number, params: Json, edge: str = CLOUD_API) -> Draft:
    """Return what the request asks for, or raise GraphError for the first rule it breaks."""
    one_of(params.get("messaging_product"), ("whatsapp",), "messaging_product")
    recipient_type = params.get("recipient_type", "individual")
    if one_of(recipient_type, ("individual", "group"), "recipient_type") == "group":
        raise known(131215)
    contact, wa_id = _recipient(simulation, number, params)
    if wa_id == number.digits:
        raise known(131021)
    _check_identity(simulation, wa_id, params)
    if number.status != "CONNECTED":
        raise known(133010)
    if wa_id in simulation.world.assets_of(number.id).blocked:
        raise known(131026, "The recipient is on the block list of this number: unblock first.")
    kind, content = _content(params, edge)
    category, template = _category(simulation, number, params, kind, content)
    if template is not None and kind == "template":
        _check_route(simulation, number, template, edge, by_user_id="wa_id" not in contact)
    _check_flow(simulation, number, kind, content)
    media = list(media_objects(kind, content))
    return Draft(
        conversation=simulation.world.conversation(number.id, wa_id),
        contact=contact,
        type=kind,
        content=content,
        callback_data=optional_text(
            params, "biz_opaque_callback_data", "biz_opaque_callback_data", MAX_CALLBACK_DATA
        ),
        context_id=_context(params, kind),
        category="marketing_lite" if edge == MARKETING_MESSAGES else category,
        template=template,
        doom=_media_doom(simulation, number, media)
        or (_reaction_doom(simulation, number, wa_id, content) if kind == "reaction" else None),
        links=tuple((k, str(m["link"])) for k, m in media if m.get("link") is not None),
    )


def _recipient(simulation: Simulation, number: Number, params: Json) -> tuple[Json, str]:
    """Return the answer's contact and the wa_id; with `to` and `recipient` both, `to` wins."""
    user_id = params.get("recipient")
    if params.get("to") or not user_id:
        brazil = simulation.behaviour.brazil_wa_id > 0
        wa_id = to_wa_id(params.get("to"), brazil=brazil)
        contact: Json = {"input": params["to"], "wa_id": wa_id}
        if user_id:
            contact["user_id"] = simulation.world.user_id_for(number.id, wa_id)
        return contact, wa_id
    if not isinstance(user_id, str):
        raise invalid("recipient", "must be a string.")
    found = simulation.world.users.get(user_id)
    if found is None:
        raise known(131009, f"recipient: no person has the user id {user_id[:60]!r}.")
    return {"input": user_id, "user_id": user_id}, found


def _check_identity(simulation: Simulation, wa_id: str, params: Json) -> None:
    """Raise 137000 where the caller's identity key hash is not the person's present one."""
    given = params.get("recipient_identity_key_hash")
    if given is not None and given != identity_key_hash(simulation, wa_id):
        raise known(137000)


def identity_key_hash(simulation: Simulation, wa_id: str) -> str:
    """Return the hash of a person's identity key; it changes with the serial `identity|{wa_id}`."""
    return ids.identity_key_hash(wa_id, simulation.world.serials[f"identity|{wa_id}"])


def _content(params: Json, edge: str) -> tuple[str, Json]:
    """Return type and content; the Marketing Messages API takes templates alone."""
    kind, content = checked_content(params)
    if edge == MARKETING_MESSAGES:
        if kind != "template":
            raise known(131055)
        if params.get("product_policy") is not None:
            allowed = ("CLOUD_API_FALLBACK", "STRICT")
            one_of(params["product_policy"], allowed, "product_policy")
        if not isinstance(params.get("message_activity_sharing", False), bool):
            raise invalid("message_activity_sharing", "must be a boolean.")
    return kind, content


def _category(
    simulation: Simulation, number: Number, params: Json, kind: str, content: Json
) -> tuple[str, Template | None]:
    """Return what the message is priced as, and its template: named, hidden (Direct Send) or none.

    Everything without a template and a `category` is a service message.
    """
    if kind == "template":
        found = simulation.world.translation(number.waba_id, *named(content))
        template = check_send(found, content)
        return template.category.lower(), template
    category = direct_category(params, kind)
    if not category:
        return "service", None
    return category, simulation.world.direct_send_template(
        number.waba_id, category.upper(), kind, simulation.clock.now()
    )


def _check_route(
    simulation: Simulation, number: Number, template: Template, edge: str, *, by_user_id: bool
) -> None:
    """Raise where this template may not go to this recipient, or not by this edge."""
    waba = simulation.world.wabas[number.waba_id]
    is_marketing = template.category == "MARKETING"
    if by_user_id and (template.category == "AUTHENTICATION" or template.optimization_spec):
        raise known(131062)
    if edge == CLOUD_API:
        if template.optimization_spec:
            raise known(131061)
        if is_marketing and waba.disable_marketing_messages_on_cloud_api:
            raise known(131063)
        return
    if not is_marketing:
        raise known(134100)
    if waba.marketing_messages_onboarding_status != "ONBOARDED":
        raise known(134102)
    if simulation.clock.now() - template.created_at < simulation.behaviour.ads_sync_s:
        raise known(134101)


def _check_flow(simulation: Simulation, number: Number, kind: str, content: Json) -> None:
    """Raise unless the flow of an interactive message may be sent in the mode it names.

    A blocked flow is 132068; a throttled one goes out ten times an hour, then 132069.
    """
    if kind != "interactive" or content["type"] != "flow":
        return
    values = content["action"]["parameters"]
    wanted = values.get("flow_id"), values.get("flow_name")
    flow = next(
        (
            f
            for f in simulation.world.flows.values()
            if f.waba_id == number.waba_id and (f.id == str(wanted[0]) or f.name == wanted[1])
        ),
        None,
    )
    if flow is None:
        raise known(131009, f"Flow {str(wanted[0] or wanted[1])[:80]!r} does not exist.")
    mode = values.get("mode", "published")
    if flow.status == "BLOCKED":
        raise known(132068)
    if (mode == "draft") != (flow.status == "DRAFT") or flow.status == "DEPRECATED":
        raise known(131009, f"Flow {flow.id} is {flow.status}: it can't be sent in mode {mode}.")
    if flow.status == "THROTTLED":
        now = simulation.clock.now()
        flow.sent = [at for at in flow.sent if now - at < _HOUR_S]
        if len(flow.sent) >= _THROTTLED_SENDS:
            raise known(132069)
        flow.sent.append(now)


def _context(params: Json, kind: str) -> str:
    """Return the id of the quoted message, "" for none; Meta does not mind an unknown one."""
    context = params.get("context")
    if context is None:
        return ""
    if kind == "reaction":
        raise invalid("context", "is not allowed with a reaction.")
    if not isinstance(context, dict) or not isinstance(context.get("message_id"), str):
        raise required("context['message_id']")
    return str(context["message_id"])


def _reaction_doom(
    simulation: Simulation, number: Number, wa_id: str, content: Json
) -> Doom | None:
    """Return why a reaction fails: its target is unknown, a reaction itself, or over 30 days old.

    Meta accepts such a reaction and tells of it by webhook, with 131009.
    """
    target = str(content["message_id"])
    message = simulation.world.messages.get(target) or simulation.world.inbound.get(target)
    at = 0.0
    if message is not None and (message.phone_number_id, message.wa_id) == (number.id, wa_id):
        at = simulation.world.time_of(message)
    if message is None or not at or message.type == "reaction":
        return Doom(131009, "reaction: message_id names no message of this conversation.")
    if simulation.clock.now() - at > _REACTABLE_S:
        return Doom(131009, "reaction: message_id names a message older than 30 days.")
    return None


def media_objects(kind: str, content: Json) -> Iterator[tuple[str, Json]]:
    """Yield (kind, media object) of a message: its own, its header's, its cards'."""
    if kind in MEDIA_TYPES:
        yield kind, content
    elif kind == "template":
        yield from _of_components(content.get("components") or [])
    elif kind == "interactive":
        yield from _of_parameter(content.get("header"))
        for card in content["action"].get("cards") or []:
            yield from _of_parameter(card.get("header"))


def _of_components(components: list[Json]) -> Iterator[tuple[str, Json]]:
    """Yield the media of a template's header, and of those of its cards."""
    for component in components:
        for parameter in component.get("parameters") or ():
            yield from _of_parameter(parameter)
        for card in component.get("cards") or ():
            yield from _of_components(card.get("components") or [])


def _of_parameter(parameter: Json | None) -> Iterator[tuple[str, Json]]:
    """Yield the media object of a header or a parameter, if it is one."""
    if parameter and parameter.get("type") in ("image", "video", "document", "gif"):
        yield parameter["type"], parameter[parameter["type"]]


def _media_doom(
    simulation: Simulation, number: Number, media: list[tuple[str, Json]]
) -> Doom | None:
    """Raise unless each media id names media that the number may send; return why one will fail.

    An id of another number, or past its life, is refused at once; a file of the wrong kind is
    accepted and fails with 131053.
    """
    doom = None
    for kind, owner in media:
        media_id = owner.get("id")
        if media_id is None:
            continue
        found: Media | None = simulation.world.media.get(str(media_id))
        if (
            found is None
            or found.phone_number_id != number.id
            or media_expired(found, simulation.clock.now())
        ):
            raise invalid(
                f"{kind}['id']", "is not a valid whatsapp business account media attachment ID."
            )
        problem = kind_problem(
            kind, found.mime_type, found.file_size, voice=bool(owner.get("voice"))
        )
        if problem and doom is None:
            doom = Doom(131053, problem)
    return doom
