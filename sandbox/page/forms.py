"""The HTML of the scenarios page. Everything that comes from outside passes through `escape`."""

from dataclasses import fields
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from sandbox.model import Number, Template, Token, Waba
from sandbox.settings import Behaviour, Faults
from sandbox.simulation import Simulation

from .actions import ACCOUNT, CLOCK, NUMBER, PERSON, TEMPLATE, TOKEN, Action
from .layout import navigation

_GOOD = ("APPROVED", "GREEN", "CONNECTED", "works")


def page(simulation: Simulation, state: str) -> str:
    """Return the body of the page around the part that changes."""
    return f"""<main class="home scenarios">
{navigation("scenarios")}
<h1>Scenarios</h1>
<p>What Meta decides and what people do. Each tells the subscribed webhook as Meta would.</p>
<p id="error" role="alert"></p>
<div id="live">{state}</div>
{_person_form(simulation)}
{_settings_form("faults", "What goes wrong", simulation.faults)}
{_settings_form("behaviour", "What people and Meta do", simulation.behaviour)}
</main>"""


def state(simulation: Simulation) -> str:
    """Return what changes: clock, templates, numbers, accounts, tokens, with their actions."""
    world = simulation.world
    accounts = [_account(simulation, waba) for waba in world.wabas.values()]
    return "".join(
        (
            _clock(simulation),
            _section("Templates", [_template(simulation, t) for t in world.templates.values()]),
            _section("Numbers", [_number(n) for n in world.numbers.values()]),
            _section("Accounts", accounts),
            _section("Tokens", [_token(simulation, t) for t in world.tokens.values()]),
        )
    )


def _section(title: str, rows: list[str]) -> str:
    """Return a section with its rows; those above the hundredth are the API's matter."""
    shown = "".join(rows[-100:]) or '<p class="empty">None yet.</p>'
    return f"<section><h2>{title}</h2>{shown}</section>"


def _row(kind: str, subject: str, name: str, marks: list[str], actions: dict[str, Action]) -> str:
    """Return a thing with its state and the form of its actions."""
    key = escape(f"{kind}-{subject}")
    states = "".join(
        f'<span class="mark{"" if mark in _GOOD else " odd"}">{escape(mark)}</span>'
        for mark in marks
        if mark
    )
    options = "".join(
        f'<option value="{value}">{escape(action.label)}</option>'
        for value, action in actions.items()
    )
    return (
        f'<form class="scenario" method="post" action="/scenarios/{kind}/{quote(subject)}">'
        f'<span class="what"><bdi>{escape(name)}</bdi> {states}</span>'
        f'<label class="hidden" for="do-{key}">What happens to {escape(name)}</label>'
        f'<select id="do-{key}" name="do">{options}</select>'
        f'<button id="go-{key}" aria-label="Do it to {escape(name)}">Do</button></form>'
    )


def _template(simulation: Simulation, template: Template) -> str:
    """Return a template's row."""
    held = len(simulation.world.held.get(template.id, ()))
    announced = template.correct_category
    marks = [
        template.status,
        template.category,
        "" if template.quality_score == "UNKNOWN" else template.quality_score,
        f"becomes {announced}" if announced else "",
        f"{held} held" if held else "",
    ]
    name = f"{template.name} ({template.language})"
    return _row("templates", template.id, name, marks, TEMPLATE)


def _number(number: Number) -> str:
    """Return a number's row."""
    marks = [
        number.status,
        number.quality_rating,
        number.throughput,
        "" if number.name_status == "APPROVED" else f"name {number.name_status}",
        "maintenance" if number.maintenance_until else "",
    ]
    return _row("numbers", number.id, number.display_phone_number, marks, NUMBER)


def _account(simulation: Simulation, waba: Waba) -> str:
    """Return an account's row."""
    now = simulation.clock.now()
    marks = [
        waba.review_status,
        simulation.world.businesses[waba.business_id].messaging_limit,
        waba.ban_state,
        "" if waba.has_payment_method else "no payment method",
        *(kind for kind, until in waba.restrictions.items() if until > now),
    ]
    return _row("accounts", waba.id, f"{waba.name} {waba.id}", marks, ACCOUNT)


def _token(simulation: Simulation, token: Token) -> str:
    """Return a token's row."""
    expired = 0 < token.expires_at <= simulation.clock.now()
    mark = "revoked" if token.is_revoked else "expired" if expired else "works"
    name = f"{token.value[:6]}…{token.value[-4:]} of {', '.join(token.waba_ids)}"
    return _row("tokens", token.value, name, [mark], TOKEN)


def _clock(simulation: Simulation) -> str:
    """Return the clock; to the minute, so that it does not change all the time."""
    shown = datetime.fromtimestamp(simulation.clock.now(), UTC)
    factor = simulation.clock.factor
    mark = "stands still" if not factor else "" if factor == 1 else f"{factor:g} times real time"
    row = _row("clock", "now", f"{shown:%A, %d %B %Y, %H:%M} UTC", [mark], CLOCK)
    return f"<section><h2>Clock</h2>{row}</section>"


def _person_form(simulation: Simulation) -> str:
    """Return the form by which a person does something."""
    numbers = "".join(
        f'<option value="{escape(n.id)}">{escape(n.display_phone_number)}</option>'
        for n in simulation.world.numbers.values()
    )
    options = "".join(
        f'<option value="{value}">{escape(action.label)}</option>'
        for value, action in PERSON.items()
    )
    return f"""<section><h2>People</h2>
<form class="scenario wide" method="post" action="/scenarios/people/one" data-keep>
<label>Person <input name="wa_id" inputmode="tel" required placeholder="15550111111"></label>
<label>Chat with <select name="number">{numbers}</select></label>
<label>What they do <select name="do">{options}</select></label>
<label>New number <input name="new_wa_id" inputmode="tel" placeholder="to change to"></label>
<button>Do</button>
</form></section>"""


def _settings_form(name: str, title: str, settings: Behaviour | Faults) -> str:
    """Return the form of all faults or all behaviour, as the text that the environment takes."""
    default = type(settings)()
    text = ",".join(
        f"{f.name}={getattr(settings, f.name):g}"
        for f in fields(settings)
        if getattr(settings, f.name) != getattr(default, f.name)
    )
    names = ", ".join(f.name for f in fields(settings))
    return f"""<section><h2>{title}</h2>
<form class="scenario wide" method="post" action="/scenarios/settings/{name}" data-keep>
<label>Settings <input name="text" value="{escape(text)}" placeholder="all at their defaults"
 aria-describedby="{name}-names"></label>
<button aria-label="Set {name}">Set</button>
<p class="names" id="{name}-names">{names}</p>
</form></section>"""
