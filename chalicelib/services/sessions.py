"""Sessions and their refresh tokens: each use of one makes the next, and reuse ends the session.

A refresh token is `<session id>.<secret>`; the session's item holds a hash of it. Each refresh
makes the next secret from the present one with a key of the platform, so that whoever presents the
same token twice within GRACE_MS (two tabs at once, an answer lost on the way) gets the very same
next token, although no token is stored. Within GRACE_MS of a rotation there is no other, so a
straggler is never more than one token behind. A token older than that can only be a copy: the
session ends for everybody who holds a token of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from chalicelib.core.audit import note_actor
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.ids import is_id, random_id
from chalicelib.core.log import log
from chalicelib.core.secrets import platform_secrets
from chalicelib.storage import sessions as storage
from chalicelib.storage.sessions import SessionRow

GRACE_MS = 10_000
IDLE_S = 30 * 86_400
LIFE_S = 90 * 86_400
MAX_USER_AGENT = 300


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its holder gets it."""

    id: str
    tenant_id: str
    user_id: str
    refresh_token: str = field(repr=False)
    max_age_s: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session was begun: shown to its user, so that they know which it is."""

    source_ip: str = ""
    user_agent: str = ""


def begin(
    tenant_id: str, user_id: str, clock: Clock = SYSTEM_CLOCK, origin: Origin | None = None
) -> Session:
    """Begin a session of a user who has just proven who they are. 1 WRU."""
    now_ms = clock.now_ms()
    session_id = random_id("ses")
    token = f"{session_id}.{secrets.token_urlsafe(32)}"
    row = SessionRow(
        session_id,
        tenant_id=tenant_id,
        user_id=user_id,
        token_hash=_hash(token),
        rotated_at=0,
        created_at=now_ms,
        expires_at=now_ms // 1000 + IDLE_S,
        user_agent=(origin.user_agent[:MAX_USER_AGENT] or None) if origin else None,
        source_ip=(origin.source_ip or None) if origin else None,
    )
    storage.create_session(row)
    return Session(session_id, tenant_id, user_id, token, IDLE_S, now_ms)


def renew(token: str, clock: Clock = SYSTEM_CLOCK) -> Session | None:
    """Return the session of a refresh token with the next token; None for one that is no good.

    A token presented again after GRACE_MS ends its session. 1 RRU, and 1 WRU for a rotation.
    """
    now_ms = clock.now_ms()
    row = _find(token)
    if row is None or int(row.expires_at) * 1000 <= now_ms:
        return None
    next_token = _rotated(row, token, now_ms)
    if next_token is None:
        return None
    max_age_s = _expiry_s(row, now_ms) - now_ms // 1000
    return Session(row.id, row.tenant_id, row.user_id, next_token, max_age_s, int(row.created_at))


def end(token: str) -> None:
    """End the session of a refresh token, of any age; one of no session is no error. 1 WRU."""
    row = _find(token)
    if row is not None:
        note_actor(row.tenant_id, row.user_id, "")
        storage.end_session(row.id)


def _find(token: str) -> SessionRow | None:
    session_id, _, secret = token.partition(".")
    return storage.find_session(session_id) if secret and is_id("ses", session_id) else None


def _rotated(row: SessionRow, token: str, now_ms: int) -> str | None:
    """Return the token that the holder of `token` goes on with; None if the session is over."""
    presented, next_tokens = _hash(token), _next_tokens(row.id, token, now_ms)
    if not hmac.compare_digest(presented, row.token_hash):
        return _caught_up(row, presented, next_tokens, now_ms)
    if now_ms - int(row.rotated_at) <= GRACE_MS:
        return token
    if storage.rotate(row, _hash(next_tokens[0]), now_ms, _expiry_s(row, now_ms)):
        return next_tokens[0]
    # Somebody was faster: with this very token, or with a sign-out.
    newer = storage.find_session(row.id)
    return None if newer is None else _caught_up(newer, presented, next_tokens, now_ms)


def _caught_up(row: SessionRow, presented: str, next_tokens: list[str], now_ms: int) -> str | None:
    """Return the token that another request made of the presented one moments ago, else None."""
    made = [t for t in next_tokens if hmac.compare_digest(_hash(t), row.token_hash)]
    is_straggler = (
        hmac.compare_digest(presented, row.previous_hash or "")
        and now_ms - int(row.rotated_at) <= GRACE_MS
    )
    if is_straggler and made:
        return made[0]
    log.warning("a used refresh token came back; its session ends", extra={"session_id": row.id})
    storage.end_session(row.id)
    return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _next_tokens(session_id: str, token: str, now_ms: int) -> list[str]:
    """Return the token after `token`, and what it would be by each other key that is good."""
    found = []
    for key in platform_secrets().cursor.good(now_ms):
        digest = hmac.new(key.secret, f"refresh|{token}".encode(), hashlib.sha256).digest()
        found.append(f"{session_id}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}")
    return found


def _expiry_s(row: SessionRow, now_ms: int) -> int:
    return min(now_ms // 1000 + IDLE_S, int(row.created_at) // 1000 + LIFE_S)
