"""Proves that a business was erased: `python -m infra.erasure verify TENANT`.

    verify TENANT              the tenant's id, e.g. ten_01…
    --scan                     read every table whole as well, for items that no key leads to any
                               more; takes long and costs 0.5 RRU per 4 KB of all that there is
    --table-prefix PREFIX      of the deployment, e.g. parley-prod-; default: $TABLE_PREFIX, $STAGE
    --bucket NAME              the deployment's bucket (output BucketName); default: $BUCKET

Prints the record of the deletion and what is left in each table and prefix. AWS is found as every
AWS tool finds it (profile, region, AWS_ENDPOINT_URL). Only reads. Exit code 0: nothing is left and
the record is whole; 1: something is left, or the record is not whole, in words; 2: it cannot be
said.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from types import ModuleType
from typing import Any


def main(arguments: list[str]) -> int:
    """Look everywhere, say what was found, and return the exit code."""
    options = _options(arguments)
    if options.table_prefix:
        # The tables' names are made when storage is imported, which is why that is done here.
        os.environ["TABLE_PREFIX"] = options.table_prefix
    if options.bucket:
        os.environ["BUCKET"] = options.bucket
    ids, deletions, erasing, holdings, base = (_load(name) for name in _MODULES)
    if not ids.is_id("ten", options.tenant):
        return _cannot(f"{options.tenant!r} is not a tenant's id, which looks like ten_01…")
    try:
        row = deletions.find_deletion(options.tenant)
        left = erasing.look(options.tenant)
        if options.scan:
            for name in sorted(holdings.places()):
                left[name] = max(left.get(name, 0), _scan(base.table(name), options.tenant))
    except (base.PynamoDBException, _client_error()) as error:
        return _cannot(f"the tables or the bucket cannot be read: {error}")
    wrong = ["there is no record of a deletion"] if row is None else deletions.wrong_with(row)
    if row is not None:
        _tell(row)
    for place, count in sorted(left.items()):
        sys.stdout.write(f"left in {place:<20} {count}\n")
    wrong += [f"{count} left in {place}" for place, count in sorted(left.items()) if count]
    for words in wrong:
        sys.stdout.write(f"{words}\n")
    verdict = "not erased" if wrong else "erased; nothing is left"
    sys.stdout.write(f"{options.tenant}: {verdict}\n")
    return 1 if wrong else 0


def _tell(row: Any) -> None:  # noqa: ANN401 - a row of a table that is imported late
    from chalicelib.core.clock import iso_or_none

    for name in ("requested_at", "due_at", "began_at", "completed_at"):
        sys.stdout.write(f"{name:<13} {iso_or_none(getattr(row, name)) or '-'}\n")
    sys.stdout.write(f"requested by  {row.requested_by}\nWhatsApp      {row.meta}\n")
    sys.stdout.write(f"audit trail   ended with {row.audit_end}\n")
    for place, count in sorted((row.counts or {}).items()):
        sys.stdout.write(f"erased from {place:<20} {count}\n")
    sys.stdout.write(f"record        {row.sequence}:{row.hash}, after {row.previous_hash}\n")


def _scan(name: str, tenant_id: str) -> int:
    """Return how many items of a table have the tenant's id in them. An operator's right alone."""
    from chalicelib.core import aws

    count = 0
    start: dict[str, Any] = {}
    while True:
        answer = aws.client("dynamodb").scan(TableName=name, **start)
        count += sum(1 for item in answer["Items"] if tenant_id in repr(item))
        if "LastEvaluatedKey" not in answer:
            return count
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


_MODULES = (
    *("core.ids", "storage.deletions", "services.deletion.erasing", "storage.holdings"),
    "storage.base",
)


def _load(name: str) -> ModuleType:
    return importlib.import_module(f"chalicelib.{name}")


def _client_error() -> type[Exception]:
    from botocore.exceptions import ClientError

    return ClientError


def _cannot(words: str) -> int:
    sys.stderr.write(f"infra.erasure: {words}\n")
    return 2


def _options(arguments: list[str]) -> argparse.Namespace:
    words = __doc__.partition(":")[0]
    parser = argparse.ArgumentParser("python -m infra.erasure", description=words)
    commands = parser.add_subparsers(required=True)
    verify = commands.add_parser("verify", help="prove that a business was erased")
    verify.add_argument("tenant")
    verify.add_argument("--scan", action="store_true")
    verify.add_argument("--table-prefix", default="")
    verify.add_argument("--bucket", default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
