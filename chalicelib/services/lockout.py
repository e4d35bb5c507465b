"""Slows down whoever guesses passwords, without a way to lock anybody out of their account.

Three counts, each spent before the password is looked at:

    address            100 in 15 minutes   wide, for an office or a phone network is one address
    e-mail + address   5, then 1, 2, 4 … seconds of pause, at most 15 minutes; forgotten after an
                       hour of quiet and after a right password
    e-mail             100 an hour over all addresses, against a guesser with many; addresses from
                       which this e-mail has signed in within 90 days are let through all the same

So a stranger slows down only themselves, and at most keeps an e-mail from addresses that are new to
it for as long as they go on; a password reset makes the address known, and ends that.
"""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.errors import TooManyRequests
from chalicelib.services.rate_limits import Limit, forgive, in_words, spend
from chalicelib.storage import rate_limits as storage
from chalicelib.storage.rate_limits import RateLimitRow

PER_ADDRESS = Limit("login-address", attempts=100, window_s=900)
PER_EMAIL = Limit("login-email", attempts=100, window_s=3600)
FREE_ATTEMPTS = 5
MAX_PAUSE_S = 900
_QUIET_S = 3600
_KNOWN_S = 90 * 86_400
_FOREVER = 1 << 62


def admit(email: str, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Count an attempt to sign in; raise TooManyRequests if it comes too soon. 3 WRU, 1 RRU."""
    spend(PER_ADDRESS, source_ip, clock)
    _count(_pair("login", email, source_ip), clock.now_ms())
    try:
        spend(PER_EMAIL, email, clock)
    except TooManyRequests:
        known = storage.find_attempts(_pair("login-known", email, source_ip), clock.now_ms())
        if known is None:
            raise


def take_back(email: str, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Take back the attempt of somebody who knew the password. 3 WRU."""
    forgive(PER_ADDRESS, source_ip, clock)
    forgive(PER_EMAIL, email, clock)
    storage.forget(_pair("login", email, source_ip))


def welcome(email: str, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Take back the attempt of somebody who proved who they are; know their address. 4 WRU."""
    take_back(email, source_ip, clock)
    know(email, source_ip, clock)


def know(email: str, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Remember that the owner of an e-mail uses this address. 1 WRU."""
    until_s = clock.now_ms() // 1000 + _KNOWN_S
    storage.remember(_pair("login-known", email, source_ip), until_s)


def pause_s(attempts: int) -> int:
    """Return how long to wait after so many wrong attempts in a row, in seconds."""
    over = attempts - FREE_ATTEMPTS
    return 0 if over < 0 else min(1 << min(over, 30), MAX_PAUSE_S)


def _count(key: str, now_ms: int) -> None:
    """Count one attempt, which no other at the same moment can slip past."""
    seen = storage.find_attempts(key, now_ms)
    blocked_ms = 0 if seen is None else (seen.blocked_until or 0)
    if now_ms < blocked_ms:
        raise _too_many(-(-(blocked_ms - now_ms) // 1000))
    attempts = 1 if seen is None else int(seen.attempts) + 1
    row = RateLimitRow(
        key,
        attempts=attempts,
        expires_at=now_ms // 1000 + _QUIET_S + MAX_PAUSE_S,
        blocked_until=now_ms + pause_s(attempts) * 1000,
    )
    if not storage.note_attempt(row, seen):
        raise _too_many(1)


def _too_many(wait_s: int) -> TooManyRequests:
    return TooManyRequests(
        f"Too many attempts; try again in {in_words(wait_s)}.", retry_after_s=wait_s
    )


def _pair(kind: str, email: str, source_ip: str) -> str:
    return Limit(kind, 0, _FOREVER).key(f"{email}|{source_ip}", 0)
