"""Tokens: the exchange of a signup code, and what a token is good for."""

import hmac

from sandbox.errors import GraphError, not_permitted
from sandbox.model import Json
from sandbox.rules.shape import text_member

from .call import Call

_SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")


async def exchange(call: Call) -> Json:
    """GET /oauth/access_token: a code of Embedded Signup for a token; once, within 30 s."""
    app = call.world.app
    client_id = text_member(call.params, "client_id", "client_id")
    secret = text_member(call.params, "client_secret", "client_secret")
    if client_id != app.id:
        raise GraphError("Error validating application. Cannot get application info.", code=101)
    if not hmac.compare_digest(secret.encode(), app.secret.encode()):
        raise GraphError("Error validating client secret.", code=1)
    code = call.world.codes.pop(text_member(call.params, "code", "code"), None)
    if code is None:
        raise GraphError("This authorization code has been used.", subcode=36009)
    if code.expires_at <= call.simulation.clock.now():
        raise GraphError("This authorization code has expired.", subcode=36007)
    return {"access_token": code.token, "token_type": "bearer"}


async def debug(call: Call) -> Json:
    """GET /debug_token: whose a token is and what it reaches; for the app or itself."""
    value = text_member(call.params, "input_token", "input_token")
    if not call.is_app and (call.token is None or call.token.value != value):
        raise not_permitted(sending=False)
    app, token = call.world.app, call.world.tokens.get(value)
    if token is None:
        error = {"code": 190, "message": "Invalid OAuth access token."}
        return {"data": {"app_id": app.id, "is_valid": False, "scopes": [], "error": error}}
    expired = bool(token.expires_at) and token.expires_at <= call.simulation.clock.now()
    granular = [{"scope": scope, "target_ids": token.waba_ids} for scope in _SCOPES]
    return {
        "data": {
            "app_id": app.id,
            "type": "SYSTEM_USER",
            "application": app.name,
            "data_access_expires_at": 0,
            "expires_at": int(token.expires_at),
            "is_valid": not expired,
            "issued_at": int(token.issued_at),
            "scopes": list(_SCOPES),
            "granular_scopes": granular,
            "user_id": "900000000000001",
        }
    }
