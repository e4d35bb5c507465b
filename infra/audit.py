"""Proves that nobody has touched a business's audit trail: `python -m infra.audit verify TENANT`.

    verify TENANT              the tenant's id, e.g. ten_01…
    --anchor SEQUENCE:HASH     a record as a log line "audited" has kept it, outside the database;
                               without one, a trail that was made anew as a whole looks whole
    --table-prefix PREFIX      of the deployment, e.g. parley-prod-; default: $TABLE_PREFIX, $STAGE

AWS is found as every AWS tool finds it (profile, region, AWS_ENDPOINT_URL). Only reads. Exit code
0: whole; 1: it is not, with each record that is wrong; 2: it cannot be said.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from types import ModuleType

_ANCHOR = re.compile(r"([1-9][0-9]*):([0-9a-f]{64})")


def main(arguments: list[str]) -> int:
    """Verify a trail and say what was found; return the exit code."""
    options = _options(arguments)
    anchor = None
    if options.anchor:
        parts = _ANCHOR.fullmatch(options.anchor)
        if parts is None:
            return _cannot("--anchor is SEQUENCE:HASH, as the log line 'audited' has them")
        anchor = int(parts[1]), parts[2]
    if options.table_prefix:
        # The tables' names are made when storage is imported, which is why that is done here.
        os.environ["TABLE_PREFIX"] = options.table_prefix
    context, ids, storage, service, base = (_load(name) for name in _MODULES)
    if not ids.is_id("ten", options.tenant):
        return _cannot(f"{options.tenant!r} is not a tenant's id, which looks like ten_01…")
    trail = storage.Audit(context.system_context(options.tenant, "infra.audit"))
    try:
        # The head first: what is chained meanwhile is then beyond it, and is not looked at.
        head = trail.head()
        rows = [row for row in trail.all_in_order() if row.sequence <= head.sequence]
        waiting = service.abandoned(trail.intents())
    except base.PynamoDBException as error:
        return _cannot(f"the table {storage.AuditRow.Meta.table_name} cannot be read: {error}")
    findings = service.verify(rows, head, anchor)
    for finding in findings:
        sys.stdout.write(f"record {finding.sequence} {finding.id}: {finding.words}\n")
    for words in waiting:
        sys.stdout.write(f"not chained yet: {words}\n")
    erased = sum(1 for row in rows if row.details is None)
    verdict = f"{len(findings)} things are wrong" if findings else "whole"
    sys.stdout.write(
        f"{options.tenant}: {len(rows)} records, {verdict}; before and after erased in {erased}; "
        f"ends with {head.sequence}:{head.hash}\n"
    )
    return 1 if findings else 0


_MODULES = ("core.context", "core.ids", "storage.audit", "services.audit", "storage.base")


def _load(name: str) -> ModuleType:
    return importlib.import_module(f"chalicelib.{name}")


def _cannot(words: str) -> int:
    sys.stderr.write(f"infra.audit: {words}\n")
    return 2


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m infra.audit", description=__doc__.partition(":")[0])
    commands = parser.add_subparsers(required=True)
    verify = commands.add_parser("verify", help="prove that a trail is whole")
    verify.add_argument("tenant")
    verify.add_argument("--anchor", default="", metavar="SEQUENCE:HASH")
    verify.add_argument("--table-prefix", default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
