"""One Graph call: who asks, for what, with which parameters; and what all resources share."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from sandbox.errors import GraphError, invalid, not_authenticated, not_permitted
from sandbox.model import Json, Token
from sandbox.simulation import Simulation
from sandbox.world import World


@dataclass(frozen=True)
class Call:
    """A request on the Graph API, its path split: `/{object_id}/{edge}/{rest}`."""

    simulation: Simulation
    request: Request
    object_id: str
    edge: str
    params: Json
    token: Token | None
    is_app: bool
    rest: str = ""

    @property
    def world(self) -> World:
        """The memory of the sandbox."""
        return self.simulation.world

    def require_account(self, waba_id: str, *, sending: bool = False) -> None:
        """Raise 403 unless the token reaches the account."""
        if self.token is None or waba_id not in self.token.waba_ids:
            raise not_permitted(sending=sending)

    def require_app(self) -> None:
        """Raise 403 unless the token is the app's own (`app_id|app_secret`)."""
        if not self.is_app:
            raise not_permitted(sending=False)


async def read_params(request: Request) -> Json:
    """Return the parameters of a request: those of the query, then those of a JSON or form body.

    Raises GraphError for a body that is no JSON object. Multipart bodies are left to their reader.
    """
    params: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        async with request.form() as form:
            params |= {key: value for key, value in form.items() if isinstance(value, str)}
    elif kind != "multipart/form-data":
        body = await request.body()
        if body.strip():
            params |= parse_object(body)
    return params


def parse_object(body: bytes) -> Json:
    """Return a body as a JSON object, or raise Graph's error for a malformed one."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise GraphError(f"(#100) The request body is not valid JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise GraphError("(#100) The request body must be a JSON object")
    return parsed


def authenticate(
    simulation: Simulation, request: Request, params: Json
) -> tuple[Token | None, bool]:
    """Return the caller's token, or (None, True) for the app itself; raise 401 / code 190
    otherwise.

    The token is taken from the Authorization header, else from `access_token`. A wrong
    appsecret_proof is refused; an absent one is not required.
    """
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() not in ("bearer", "oauth"):
        value = ""
    value = value.strip() or str(params.pop("access_token", ""))
    if not value:
        raise not_authenticated("An access token is required to request this resource.")
    app = simulation.world.app
    proof = params.pop("appsecret_proof", None)
    if proof is not None:
        wanted = hmac.new(app.secret.encode(), value.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(str(proof).encode(), wanted.encode()):
            raise GraphError("Invalid appsecret_proof provided in the API argument")
    if hmac.compare_digest(value.encode(), f"{app.id}|{app.secret}".encode()):
        return None, True
    token = simulation.world.tokens.get(value)
    if token is None:
        raise not_authenticated("Cannot parse access token")
    now = simulation.clock.now()
    if token.is_revoked or 0 < simulation.faults.tokens_refused_at <= now:
        raise not_authenticated("The session has been invalidated.", subcode=460)
    if token.expires_at and token.expires_at <= now:
        raise not_authenticated("Session has expired. Request a new access token.", subcode=463)
    return token, False


def selected(
    values: Mapping[str, object], fields: object, default: Iterable[str], node: str
) -> Json:
    """Return the members of `values` that the `fields` parameter asks for, always with the id.

    Raises error 100 for a field that the node type does not have. Members that are None are left
    out.
    """
    names = [n.strip() for n in str(fields).split(",") if n.strip()] if fields else list(default)
    for name in names:
        if name not in values:
            raise GraphError(
                f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})"
            )
    chosen = {name: values[name] for name in names if values[name] is not None}
    return {**chosen, "id": values["id"]}


def page(call: Call, items: list[Json]) -> Json:
    """Return one page of `items` with Graph's cursors; `limit` 1 to 1000 (25), `after` a cursor."""
    limit_text, after = str(call.params.get("limit", "25")), call.params.get("after")
    if not limit_text.isdigit() or not 1 <= int(limit_text) <= 1000:
        raise invalid("limit", "must be a number from 1 to 1000.")
    limit, start = int(limit_text), 0
    if after:
        start = _position(str(after))
    chosen = items[start : start + limit]
    paging: Json = {}
    if chosen:
        paging["cursors"] = {"before": _cursor(start), "after": _cursor(start + len(chosen))}
        if start + limit < len(items):
            url = call.request.url.include_query_params(after=paging["cursors"]["after"])
            paging["next"] = str(url)
    return {"data": chosen, "paging": paging} if paging else {"data": chosen}


def _cursor(position: int) -> str:
    """Return an opaque cursor for a position in a list."""
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode().rstrip("=")


def _position(cursor: str) -> int:
    """Return the position that a cursor stands for."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return int(text.removeprefix("p"))
    except ValueError as error:
        raise invalid("after", "is not a cursor of this list.") from error
