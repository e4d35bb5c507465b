"""Says who operates the platform: `python -m infra.operators grant EMAIL`.

    grant EMAIL            makes the user of this e-mail an operator; it must have a second factor
    revoke EMAIL           makes them none; it counts from their next request
    recount TENANT         counts what a business uses of its plan anew from what is there, and
                           lists it: for one that is older than plans are. Not during an import
    --table-prefix PREFIX  of the deployment, e.g. parley-prod-; default: $TABLE_PREFIX, $STAGE

Nothing else makes an operator: no route, no role, no API key. What is done is in the audit trail of
the user's business. AWS is found as every AWS tool finds it (profile, region, AWS_ENDPOINT_URL).
Exit code 0: done; 2: it cannot be done, with the reason.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from types import ModuleType

_MODULES = (
    "core.audit",
    "core.clock",
    "core.ids",
    "storage.audit",
    "storage.base",
    "storage.tenants",
    "storage.usage_recount",
    "storage.users",
)


def main(arguments: list[str]) -> int:
    """Carry a command out and say what was done; return the exit code."""
    options = _options(arguments)
    if options.table_prefix:
        # The tables' names are made when storage is imported, which is why that is done here.
        os.environ["TABLE_PREFIX"] = options.table_prefix
    rooms = {name: importlib.import_module(f"chalicelib.{name}") for name in _MODULES}
    try:
        if options.command == "recount":
            return _recount(rooms, options.subject)
        return _set_operator(rooms, options.subject, is_one=options.command == "grant")
    except rooms["storage.base"].PynamoDBException as error:
        return _cannot(f"the tables cannot be reached: {error}")


def _set_operator(rooms: dict[str, ModuleType], email: str, *, is_one: bool) -> int:
    tenants, users = rooms["storage.tenants"], rooms["storage.users"]
    owner = tenants.find_owner("email", email.strip().lower())
    if owner is None:
        return _cannot("nobody has an account with this e-mail; they sign up first")
    user = tenants.check_user(owner.tenant_id, owner.entity_id)
    if user is None:
        return _cannot("the account is being removed")
    if is_one and user.totp_secret is None:
        return _cannot("this user has no second factor; they switch it on first")
    at_ms = rooms["core.clock"].SYSTEM_CLOCK.now_ms()
    column = tenants.UserRow.operator_since
    change = column.set(at_ms) if is_one else column.remove()
    still = tenants.UserRow.totp_secret.exists() if is_one else None
    if not users.Users(user.tenant_id).change(user.id, change, only_if=still):
        return _cannot("the user was changed meanwhile; try again")
    _note(rooms, user, "grant_operator" if is_one else "revoke_operator", at_ms)
    now = "an operator" if is_one else "no operator"
    sys.stdout.write(f"{user.id} is {now}, from their next request on\n")
    return 0


def _note(rooms: dict[str, ModuleType], user: object, action: str, at_ms: int) -> None:
    """Write into the trail of the user's business what the command did."""
    audit = rooms["core.audit"]
    event = audit.Event(
        tenant_id=getattr(user, "tenant_id", ""),
        actor_id="platform",
        role="system",
        source_ip="",
        user_agent="infra.operators",
        request_id=rooms["core.ids"].random_id("cli"),
        action=action,
        route=f"python -m infra.operators {action.partition('_')[0]}",
        targets={"user_id": getattr(user, "id", "")},
        at_ms=at_ms,
    )
    rooms["storage.audit"].AuditTrail().finish(event, audit.Outcome(200, {}))


def _recount(rooms: dict[str, ModuleType], tenant_id: str) -> int:
    if not rooms["core.ids"].is_id("ten", tenant_id):
        return _cannot(f"{tenant_id!r} is not a tenant's id, which looks like ten_01…")
    found = rooms["storage.usage_recount"].recount(tenant_id)
    if found is None:
        return _cannot("there is no such business")
    for meter, (before, after) in sorted(found.items()):
        sys.stdout.write(f"{meter}: {before} -> {after}\n")
    return 0


def _cannot(words: str) -> int:
    sys.stderr.write(f"infra.operators: {words}\n")
    return 2


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m infra.operators", description=__doc__.partition(":")[0]
    )
    commands = parser.add_subparsers(required=True, dest="command")
    for name, subject in (("grant", "email"), ("revoke", "email"), ("recount", "tenant")):
        command = commands.add_parser(name)
        command.add_argument("subject", metavar=subject.upper())
        command.add_argument("--table-prefix", default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
