"""The HTML of the pages. Everything that comes from a message passes through `escape`."""

import re
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from sandbox.model import Conversation, Inbound, Json, Message, Number
from sandbox.world import World

from .content import Bubble, Choice, bubble_of

_MARKS = (
    (re.compile(r"```(.+?)```", re.DOTALL), r"<code>\1</code>"),
    (re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)~(\S(?:[^~\n]*\S)?)~(?!\w)"), r"<s>\1</s>"),
)
_TICKS = {
    "accepted": ("🕓", "accepted"),
    "held": ("⏸", "held by Meta"),
    "sent": ("✓", "sent"),
    "delivered": ("✓✓", "delivered"),
    "read": ("✓✓", "read"),
}


def document(title: str, main: str, script: str) -> str:
    """Return a whole page."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/style.css">
<script type="module" src="/static/{script}"></script>
</head>
<body>{main}</body>
</html>
"""


def navigation(current: str) -> str:
    """Return the links to the two pages."""
    links = ""
    for name, href, label in (("people", "/", "People"), ("scenarios", "/scenarios", "Scenarios")):
        here = ' aria-current="page"' if name == current else ""
        links += f'<a href="{href}"{here}>{label}</a>'
    return f'<nav class="tabs" aria-label="Pages">{links}</nav>'


def formatted(text: str) -> str:
    """Return a text as HTML, with WhatsApp's own marks for bold, italic, struck and code."""
    html = escape(text)
    for pattern, replacement in _MARKS:
        html = pattern.sub(replacement, html)
    return html


def clock_time(at: float) -> str:
    """Return a <time> element; the browser shows it in the reader's own time."""
    instant = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{instant.isoformat()}">{instant:%H:%M}</time>'


def counts_panel(numbers: Json) -> str:
    """Return the panel with the sandbox's counts."""
    statuses = numbers["statuses"]
    shown = {
        "Accepted": numbers["accepted"],
        "Delivered": statuses.get("delivered", 0) + statuses.get("read", 0),
        "Read": statuses.get("read", 0),
        "Failed": statuses.get("failed", 0),
        "Refused": sum(numbers["refused"].values()),
        "Answers": numbers["inbound"],
        "Webhooks waiting": numbers["pending_webhooks"],
    }
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in shown.items())
    return f'<dl class="counts" aria-label="Counts">{items}</dl>'


def home(listing: str, query: str) -> str:
    """Return the first page: counts, a search, and the list of conversations."""
    return document(
        "WhatsApp sandbox",
        f"""<main class="home">
{navigation("people")}
<h1>WhatsApp sandbox</h1>
<form role="search" class="search">
<label for="q">Search people</label>
<input id="q" name="q" type="search" value="{escape(query)}" placeholder="Name or number"
 autocomplete="off">
<button>Search</button>
</form>
<div id="live">{listing}</div>
</main>""",
        "live.js",
    )


def listing(world: World, conversations: list[Conversation], numbers: Json, *, more: int) -> str:
    """Return the live part of the first page."""
    if not conversations:
        text = "Nobody yet. Send a message to a phone number, and the person appears here."
        return f'{counts_panel(numbers)}<p class="empty">{text}</p>'
    rows = "".join(_row(world, conversation) for conversation in conversations)
    rest = f'<p class="empty">{more} more: search to find them.</p>' if more else ""
    return f'{counts_panel(numbers)}<ul class="people">{rows}</ul>{rest}'


def _row(world: World, conversation: Conversation) -> str:
    """Return one conversation of the list."""
    message = find(world, conversation.message_ids[-1])
    text = _preview(world, message) if message else ""
    wa_id = conversation.wa_id
    href = f"/phones/{quote(wa_id)}?number={quote(conversation.phone_number_id)}"
    ticks = _ticks(message) if isinstance(message, Message) else ""
    return (
        f'<li><a href="{href}" id="person-{wa_id}-{escape(conversation.phone_number_id)}">'
        f'<span class="who"><bdi>{escape(world.name_of(wa_id))}</bdi> '
        f"<small>+{escape(wa_id)}</small></span>"
        f"{clock_time(conversation.last_at)}"
        f'<span class="last" dir="auto">{ticks} {escape(text[:120])}</span></a></li>'
    )


def _preview(world: World, message: Message | Inbound) -> str:
    """Return a message in a line."""
    bubble = bubble_of(world, message)
    return bubble.body or bubble.header or f"[{bubble.media[0]}]"


def find(world: World, message_id: str) -> Message | Inbound | None:
    """Return a message in either direction."""
    return world.messages.get(message_id) or world.inbound.get(message_id)


def phone(world: World, conversation: Conversation, others: list[Conversation]) -> str:
    """Return the page with the phone of a person, open at the chat with one number."""
    number = world.numbers[conversation.phone_number_id]
    wa_id = conversation.wa_id
    title = f"{world.name_of(wa_id)}'s phone"
    return document(
        title,
        f"""<main class="phone">
<header>
<a class="back" href="/">‹<span class="hidden">All people</span></a>
<div><h1><bdi>{escape(number.verified_name)}</bdi></h1>
<p><bdi>{escape(title)}</bdi>, +{escape(wa_id)}</p></div>
</header>
{_tabs(world, wa_id, number, others)}
<div id="live" class="thread" role="log" aria-label="Messages" tabindex="0">
{thread(world, conversation)}
</div>
<p id="error" role="alert"></p>
<form class="answer" method="post" action="/phones/{quote(wa_id)}/messages">
<input type="hidden" name="number" value="{escape(number.id)}">
<label class="hidden" for="text">Message</label>
<input id="text" name="text" maxlength="4096" placeholder="Message" autocomplete="off" dir="auto"
 required autofocus>
<button aria-label="Send">➤</button>
</form>
</main>""",
        "live.js",
    )


def _tabs(world: World, wa_id: str, number: Number, others: list[Conversation]) -> str:
    """Return links to the person's chats with other numbers, nothing if there is only one."""
    if len(others) < 2:
        return ""
    links = ""
    for other in others:
        href = f"/phones/{quote(wa_id)}?number={quote(other.phone_number_id)}"
        current = ' aria-current="page"' if other.phone_number_id == number.id else ""
        display = escape(world.numbers[other.phone_number_id].display_phone_number)
        links += f'<a href="{href}"{current}>{display}</a>'
    return f'<nav class="tabs" aria-label="Chats">{links}</nav>'


def thread(world: World, conversation: Conversation, last: int = 200) -> str:
    """Return the last messages of a chat."""
    messages = (find(world, i) for i in conversation.message_ids[-last:])
    bubbles = "".join(_bubble(world, m) for m in messages if m is not None)
    return bubbles or '<p class="empty">No messages yet.</p>'


def _bubble(world: World, message: Message | Inbound) -> str:
    """Return one message."""
    parts = bubble_of(world, message)
    mine = isinstance(message, Inbound)
    at = message.at if isinstance(message, Inbound) else message.accepted_at
    quoted = find(world, message.context_id) if message.context_id else None
    inner = (
        f'<blockquote dir="auto">{escape(_preview(world, quoted)[:80])}</blockquote>'
        if quoted
        else ""
    )
    inner += _media(message.wa_id, parts)
    if parts.header:
        inner += f'<p class="head" dir="auto">{formatted(parts.header)}</p>'
    if parts.body:
        inner += f'<p dir="auto">{formatted(parts.body)}</p>'
    if parts.footer:
        inner += f'<p class="foot" dir="auto">{escape(parts.footer)}</p>'
    failed = isinstance(message, Message) and message.status == "failed"
    classes = f"bubble {'mine' if mine else 'theirs'}{' failed' if failed else ''}"
    choices = "".join(_choice(message, i, choice) for i, choice in enumerate(parts.choices))
    return (
        f'<article class="{classes}">{inner}'
        f'<p class="meta">{clock_time(at)} {_ticks(message)}</p>{choices}</article>'
    )


def _ticks(message: Message | Inbound) -> str:
    """Return the ticks of a message, with words for those who do not see them."""
    if isinstance(message, Inbound):
        status = "read" if message.read else "delivered"
    else:
        status = message.status
    if status == "failed" and isinstance(message, Message):
        return f'<span class="error">not delivered ({message.error_code})</span>'
    signs, words = _TICKS[status]
    label = f'aria-label="{words}" title="{words}"'
    return f'<span class="ticks {status}" role="img" {label}>{signs}</span>'


def _media(wa_id: str, parts: Bubble) -> str:
    """Return the medium of a message: an uploaded picture is shown, everything else named."""
    kind, where = parts.media
    if not kind:
        return ""
    if where.isdigit():
        source = f"/phones/{quote(wa_id)}/media/{where}"
        if kind in ("image", "sticker"):
            return f'<img src="{source}" alt="{kind}">'
        return f'<p><a href="{source}">📎 {kind}</a></p>'
    return (
        f'<p><a href="{escape(where)}" rel="noreferrer noopener" target="_blank">📎 {kind}</a></p>'
    )


def _choice(message: Message | Inbound, index: int, choice: Choice) -> str:
    """Return a button of a message: a form that answers, a link, or a label."""
    if choice.url.startswith(("https://", "http://")):
        href = escape(choice.url)
        opening = f'<a class="choice" href="{href}" rel="noreferrer noopener" target="_blank">'
        return f"{opening}{escape(choice.label)} ↗</a>"
    if choice.reply is None:
        return f'<span class="choice">{escape(choice.label)}</span>'
    name = f"choice-{escape(message.id)}-{index}"
    return (
        f'<form method="post" action="/phones/{quote(message.wa_id)}/messages">'
        f'<input type="hidden" name="number" value="{escape(message.phone_number_id)}">'
        f'<input type="hidden" name="message" value="{escape(message.id)}">'
        f'<button class="choice" id="{name}" name="choice" value="{index}">'
        f"↩ {escape(choice.label)}</button></form>"
    )
