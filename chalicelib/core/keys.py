"""Keys that sign what Parley hands out and takes back, each with its name and its time.

    signs    from `starts_at_s` until a newer key has started
    is good  until `ends_at_s`: as long as what it signed may come back

A key that is new is in the secret before it signs, so that every process knows it by then, whenever
each last looked (`core.secrets` reads anew every 5 minutes). So keys change while people work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class NoKey(Exception):
    """No key may sign now; the message says of which ring."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key; its times are seconds since the Unix epoch."""

    kid: str
    secret: bytes = field(repr=False)
    # None: it only ever proves what it signed once.
    starts_at_s: int | None = 0
    ends_at_s: int | None = None

    def is_good(self, now_ms: int) -> bool:
        """Say whether what the key signed is believed."""
        return self.ends_at_s is None or now_ms < self.ends_at_s * 1000


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys for one purpose."""

    name: str
    keys: tuple[Key, ...]

    def signing(self, now_ms: int) -> Key:
        """Return the key that signs now: the one that started last. Raises NoKey."""
        started = [
            (key.starts_at_s, key.kid, key)
            for key in self.keys
            if key.starts_at_s is not None
            and key.starts_at_s * 1000 <= now_ms
            and key.is_good(now_ms)
        ]
        if not started:
            raise NoKey(f"The platform's secret has no {self.name} key that may sign now.")
        return max(started)[-1]

    def good_key(self, kid: object, now_ms: int) -> Key:
        """Return the key called `kid`; raise KeyError if there is none, or it has ended."""
        for key in self.keys:
            if key.kid == kid and key.is_good(now_ms):
                return key
        raise KeyError(kid)

    def good(self, now_ms: int) -> tuple[Key, ...]:
        """Return every key that is good now, the one that signs first."""
        first = self.signing(now_ms)
        return (first, *(key for key in self.keys if key != first and key.is_good(now_ms)))


def read_ring(name: str, raw: Mapping[str, Any]) -> KeyRing:
    """Return the ring `name` of the secret's JSON: `<name>_keys`, {kid: {key, starts_at, ends_at}}.

    The older form is read too: {kid: key} with `<name>_kid` for the one that signs, or one
    `<name>_key`. Raises KeyError naming what is missing.
    """
    if f"{name}_keys" not in raw:
        return KeyRing(name, (Key("0", str(raw[f"{name}_key"]).encode()),))
    signing = raw.get(f"{name}_kid")
    keys = (_read_key(kid, entry, signing) for kid, entry in raw[f"{name}_keys"].items())
    return KeyRing(name, tuple(keys))


def _read_key(kid: str, entry: str | Mapping[str, Any], signing: str | None) -> Key:
    if isinstance(entry, str):
        return Key(kid, entry.encode(), 0 if kid == signing else None)
    return Key(kid, str(entry["key"]).encode(), entry["starts_at"], entry["ends_at"])


def write_ring(ring: KeyRing) -> dict[str, Any]:
    """Return what `read_ring` reads; without the older form's names."""
    return {
        key.kid: {
            "key": key.secret.decode(),
            "starts_at": key.starts_at_s,
            "ends_at": key.ends_at_s,
        }
        for key in ring.keys
    }


def with_next(
    ring: KeyRing, key: Key, *, good_for_s: int, now_ms: int, is_compromised: bool = False
) -> KeyRing:
    """Return `ring` with `key` after those that it has, which end when what they signed has.

    An older key signs until `key` starts, so it is good for `good_for_s` from then; one that is
    compromised is good for nothing from now on. What has ended is left out.
    """
    starts_at_s = key.starts_at_s or 0
    if not is_compromised:
        last = max((old.starts_at_s or 0 for old in ring.keys), default=-1)
        starts_at_s = max(starts_at_s, last + 1)  # of two that start at once, which would sign?
    end = now_ms // 1000 if is_compromised else starts_at_s + good_for_s
    older: Iterable[Key] = (
        Key(
            old.kid,
            old.secret,
            old.starts_at_s,
            end if old.ends_at_s is None else min(end, old.ends_at_s),
        )
        for old in ring.keys
        if old.is_good(now_ms)
    )
    new = Key(key.kid, key.secret, starts_at_s)
    return KeyRing(ring.name, (*(old for old in older if old.is_good(now_ms)), new))
