"""Which URL an update goes to, and the handshake that a URL must pass before it is used."""

import secrets

import httpx

from sandbox.errors import GraphError
from sandbox.model import Update
from sandbox.world import World

from .payloads import OVERRIDABLE

# An app-level subscription that names no fields gets the ones a messaging client needs.
DEFAULT_FIELDS = ("messages", "message_template_status_update")


def url_for(world: World, update: Update) -> str:
    """Return the URL for an update: number, then WABA, then app; "" where nobody is subscribed."""
    waba = world.wabas[update.waba_id]
    if not waba.subscribed or (world.app.fields and update.field not in world.app.fields):
        return ""
    if update.field in OVERRIDABLE:
        number = world.numbers.get(update.phone_number_id)
        override = (number.override_url if number else "") or waba.override_url
        if override:
            return override
    return world.app.callback_url


async def handshake(client: httpx.AsyncClient, url: str, verify_token: str) -> None:
    """Ask `url` to prove itself as Meta does; raise Graph's error 2200 unless it echoes the
    challenge.
    """
    challenge = str(secrets.randbelow(900_000_000) + 1_000_000_000)
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": verify_token,
    }
    try:
        parsed = httpx.URL(url)
        if parsed.scheme not in ("https", "http") or not parsed.host:
            raise _refused("URL must be https://host/... (the sandbox also takes http://)")
        answer = await client.get(url, params=query)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _refused(f"{type(error).__name__}: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise _refused(
            f"HTTP Status Code = {answer.status_code}; HTTP Message = {answer.reason_phrase}"
        )
    if answer.text.strip() != challenge:
        raise _refused("the response does not match the challenge")


def _refused(why: str) -> GraphError:
    """Return the error for a URL that failed the handshake."""
    return GraphError(
        f"(#2200) Callback verification failed with the following errors: {why}", code=2200
    )
