"""Fills the platform's secret and changes its keys: `python -m infra.keys list|fill|rotate`.

    list                    the keys and their times, never the keys themselves
    fill --meta-app-id ID   what is missing, and nothing else: random keys, the Meta app (its secret
                            is asked for, or read from $META_APP_SECRET) and a verify token
    rotate [signing|callback|cursor …]
                            a new key for each, or for all three. It signs in ten minutes, when
                            every process knows it; the older is good until what it signed ends
    rotate --compromised …  the new key signs at once and the others are good for nothing: access
                            tokens and cursors end, and messages on their way lose their statuses

    --secret-id NAME        default: $SECRET_ID, or parley-<$STAGE>

AWS is found as every AWS tool finds it (profile, region, AWS_ENDPOINT_URL). Processes read the
secret anew every 5 minutes. Exit code 1: nothing was written, and why.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import secrets
import sys
import uuid
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.config import settings
from chalicelib.core.keys import Key, KeyRing, read_ring, with_next, write_ring
from chalicelib.core.tokens import ACCESS_TTL_S

# A process that read the secret just before a key was added knows it after REFRESH_S; twice that.
STARTS_AFTER_S = 600
_HOUR_S = 3600
# How long what a key signed may come back. A status of a message comes within weeks; a list is
# paged through in one sitting, and a session's tokens are made of the cursor's key within seconds.
GOOD_FOR_S = {"signing": ACCESS_TTL_S, "cursor": 24 * _HOUR_S, "callback": 90 * 24 * _HOUR_S}

Secret = dict[str, Any]


class KeysError(Exception):
    """Nothing was written; the message says why, and what to do."""


class SecretStore:
    """The platform's secret in Secrets Manager, changed only as it was read."""

    def __init__(self, secret_id: str, client: Any = None) -> None:  # noqa: ANN401 - botocore's own
        self._id = secret_id
        self._client = client or aws.client("secretsmanager")
        self._version: str | None = None

    def read(self) -> Secret:
        """Return what the secret holds, nothing if it never had a value. Raises KeysError."""
        try:
            answer = self._client.get_secret_value(SecretId=self._id, VersionStage="AWSCURRENT")
        except self._client.exceptions.ResourceNotFoundException as error:
            self._check_exists(error)
            return {}
        except (BotoCoreError, ClientError) as error:
            raise KeysError(f"{self._id} cannot be read: {error}") from error
        self._version = answer["VersionId"]
        try:
            content = json.loads(answer["SecretString"] or "{}")  # an emulator's is an empty text
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise KeysError(
                f"{self._id} holds something else than Parley's JSON: look at it first."
            )
        return content

    def write(self, content: Secret) -> None:
        """Make `content` the current value; raise KeysError if somebody changed it since `read`.

        The value is put aside first and then made current in place of the version that was read,
        which Secrets Manager refuses if another is current by now.
        """
        text, version = json.dumps(content), str(uuid.uuid4())
        stages = ["AWSCURRENT" if self._version is None else "AWSPENDING"]
        try:
            self._client.put_secret_value(
                SecretId=self._id,
                SecretString=text,
                ClientRequestToken=version,
                VersionStages=stages,
            )
            if self._version is not None:
                self._client.update_secret_version_stage(
                    SecretId=self._id,
                    VersionStage="AWSCURRENT",
                    MoveToVersionId=version,
                    RemoveFromVersionId=self._version,
                )
        except (BotoCoreError, ClientError) as error:
            raise KeysError(
                f"{self._id} was not changed; somebody else may have, run this again: {error}"
            ) from error
        self._version = version

    def _check_exists(self, error: Exception) -> None:
        try:
            self._client.describe_secret(SecretId=self._id)
        except ClientError:
            raise KeysError(
                f"There is no secret {self._id} in this account and region: deploy the stack, "
                "or name its output SecretArn with --secret-id."
            ) from error


def filled(
    content: Secret, now_ms: int, *, app_id: str, app_secret: str, verify_token: str
) -> Secret:
    """Return `content` with what it lacks; what is there stays. Raises KeysError."""
    done = dict(content)
    for name in GOOD_FOR_S:
        if f"{name}_keys" not in done and f"{name}_key" not in done:
            done[f"{name}_keys"] = write_ring(KeyRing(name, (_new_key(now_ms, starts_at_s=0),)))
    given = {
        "meta_app_id": app_id,
        "meta_app_secrets": [app_secret] if app_secret else [],
        "meta_verify_token": verify_token,
    }
    for field, value in given.items():
        done[field] = done.get(field) or value
    missing = sorted(field for field in given if not done[field])
    if missing:
        raise KeysError(f"The secret has no {', '.join(missing)}, and none was given.")
    return done


def rotated(
    content: Secret, now_ms: int, names: Sequence[str], *, is_compromised: bool = False
) -> Secret:
    """Return `content` with a new key in each ring of `names`. Raises KeysError if one is empty."""
    done = dict(content)
    for name in names:
        try:
            ring = read_ring(name, content)
        except KeyError as error:
            raise KeysError(f"The secret has no {error}: fill it first.") from error
        starts_at_s = now_ms // 1000 + (0 if is_compromised else STARTS_AFTER_S)
        key = _new_key(now_ms, starts_at_s=starts_at_s)
        new = with_next(
            ring, key, good_for_s=GOOD_FOR_S[name], now_ms=now_ms, is_compromised=is_compromised
        )
        for older in (f"{name}_key", f"{name}_kid"):
            done.pop(older, None)
        done[f"{name}_keys"] = write_ring(new)
    return done


def _new_key(now_ms: int, *, starts_at_s: int) -> Key:
    """Return a random key whose name tells its day; the rest of the name keeps two apart."""
    kid = f"{to_iso(now_ms)[:10]}-{secrets.token_hex(3)}"
    return Key(kid, secrets.token_hex(32).encode(), starts_at_s)


def told(content: Secret, now_ms: int) -> list[str]:
    """Return a line for each key that `content` has: what it is for, its name and its times."""
    lines = []
    for name in GOOD_FOR_S:
        if f"{name}_keys" not in content and f"{name}_key" not in content:
            lines.append(f"{name:9} none: run fill")
            continue
        ring = read_ring(name, content)
        lines += [f"{name:9} {key.kid:20} {_state(ring, key, now_ms)}" for key in ring.keys]
    return lines


def _state(ring: KeyRing, key: Key, now_ms: int) -> str:
    until = f", good until {to_iso(key.ends_at_s * 1000)}" if key.ends_at_s is not None else ""
    if not key.is_good(now_ms):
        return f"ended {to_iso((key.ends_at_s or 0) * 1000)}"
    if key.starts_at_s is not None and key.starts_at_s * 1000 > now_ms:
        return f"signs from {to_iso(key.starts_at_s * 1000)}"
    if key.starts_at_s is not None and key == ring.signing(now_ms):
        return f"signs{until}"
    return f"proves what it signed{until}"


def main(arguments: list[str], clock: Clock = SYSTEM_CLOCK) -> int:
    """Do what the command line asks; return 1 with the reason on stderr if it cannot be done."""
    options = _options(arguments)
    now_ms = clock.now_ms()
    store = SecretStore(options.secret_id or settings().secret_id)
    try:
        before = store.read()
        after = _changed(options, before, now_ms)
        if after != before:
            store.write(after)
    except KeysError as error:
        sys.stderr.write(f"infra.keys: {error}\n")
        return 1
    sys.stdout.write("\n".join(told(after, now_ms)) + "\n")
    if options.command == "fill" and not before.get("meta_verify_token"):
        sys.stdout.write(f"verify token, to enter at Meta: {after['meta_verify_token']}\n")
    return 0


def _changed(options: argparse.Namespace, content: Secret, now_ms: int) -> Secret:
    if options.command == "list":
        return content
    if options.command == "rotate":
        names = options.names or list(GOOD_FOR_S)
        return rotated(content, now_ms, names, is_compromised=options.compromised)
    app_secret = os.environ.get("META_APP_SECRET", "")
    if not app_secret and not content.get("meta_app_secrets"):
        app_secret = getpass.getpass("Secret of the Meta app: ")
    return filled(
        content,
        now_ms,
        app_id=options.meta_app_id,
        app_secret=app_secret,
        verify_token=secrets.token_urlsafe(24),
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m infra.keys", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--secret-id", default="")
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("list")
    fill = commands.add_parser("fill")
    fill.add_argument("--meta-app-id", default="")
    rotate = commands.add_parser("rotate")
    rotate.add_argument("names", nargs="*", choices=[*GOOD_FOR_S, []])
    rotate.add_argument("--compromised", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
