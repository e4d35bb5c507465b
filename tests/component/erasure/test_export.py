"""The export of a whole business: a zip with everything but secrets, whatever dies meanwhile."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from typing import Any

import pytest

from chalicelib.services.exports import archive, writing
from chalicelib.storage.holdings import places
from tests.component.erasure.conftest import EMAIL, NAME, PERSON, TEXT, World, files, items
from tests.component.erasure.test_deletion import Killed, Killer
from tests.component.exporting import file_of

PATH = "/api/tenants/export"
# Derived from other items, or nothing that is the business's to take along.
NOT_IN_IT = {"unique_keys", "identities", *archive.LEFT_OUT}


def export(world: World) -> dict[str, Any]:
    """Ask for the export, have it written, and return it."""
    asked = world.api.post(PATH)
    assert asked.status == 202, asked.body
    world.work()
    found: dict[str, Any] = world.api.get(f"{PATH}/{asked.body['id']}").body
    return found


def read(done: dict[str, Any]) -> tuple[dict[str, list[Any]], dict[str, bytes]]:
    """Return the items by table and the files by name, from the zip that the URL leads to."""
    whole = zipfile.ZipFile(io.BytesIO(file_of(done)))
    assert whole.testzip() is None
    lines: dict[str, list[Any]] = {}
    found: dict[str, bytes] = {}
    for name in whole.namelist():
        body = whole.read(name)
        if name.endswith(".jsonl") and not name.startswith("files/"):
            kept = lines.setdefault(name.partition("/")[0], [])
            kept += [json.loads(line) for line in body.splitlines()]
        else:
            found[name] = body
    return lines, found


def test_everything_is_in_it_but_secrets(world: World) -> None:
    """Each item of each table once and each file byte for byte; no password, token or key."""
    there = Counter(name for name, text in items() if world.ctx.tenant_id in text)
    done = export(world)
    assert (done["state"], done["filename"][-4:]) == ("completed", ".zip")
    lines, found = read(done)
    counts = {name: len(rows) for name, rows in lines.items()}
    assert counts["contacts"] == there["contacts"]
    assert counts["messages"] == there["messages"]
    assert set(lines) == {name for name in places() - NOT_IN_IT if there[name]}
    manifest = json.loads(found.pop("manifest.json"))
    assert {k: v for k, v in manifest["counts"].items() if v and k != "files"} == counts
    stored = {
        f"files/{key.replace(f'{world.ctx.tenant_id}/', '', 1)}": body
        for key, body in files()
        if key.startswith(archive.AREAS)
    }
    assert found == stored
    text = json.dumps(lines, ensure_ascii=False)
    for wanted in (PERSON, NAME, TEXT, EMAIL):
        assert wanted in text
    (person,) = [one for one in lines["contacts"] if one.get("phone") == PERSON]
    assert person["fields"]["note"] == f"{NAME} is kind"
    for secret in ("$2b$", "password_hash", "secret_hash", "ciphertext", '"secret"', "totp"):
        assert secret not in text
    assert {row["id"] for row in lines["users"]} >= {world.ctx.user_id}


def test_it_goes_on_after_every_death(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small parts and pages, killed before and after each write in turn, it ends as one whole
    zip with each item once.
    """
    monkeypatch.setattr(archive, "PAGE_BYTES", 2_000)
    monkeypatch.setattr(writing, "PART_BYTES", 5_000)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    monkeypatch.setattr(writing, "BUDGET_MS", 0)
    killer = Killer(monkeypatch)
    killer.writes = frozenset({"UploadPart", "PutObject", "CompleteMultipartUpload"})
    asked = world.api.post(PATH).body
    waiting = world.bench.take("tenant")
    deaths = 0
    from chalicelib.handlers.queues import tenant

    while waiting:
        killer.is_armed, killer.is_after = deaths % 3 != 2, deaths % 2 == 1
        try:
            assert tenant.handler({"Records": [waiting[0]]}, None) == {"batchItemFailures": []}
        except Killed:
            deaths += 1
        else:
            deaths += deaths % 3 == 2
            del waiting[0]
        killer.is_armed = False
        world.bench.clock.advance(400)  # the lease of the dead ends
        waiting += world.bench.take("tenant")
        assert deaths < 500
    done = world.api.get(f"{PATH}/{asked['id']}").body
    assert done["state"] == "completed", done
    lines, _ = read(done)
    ids = [one["id"] for one in lines["contacts"]]
    assert len(ids) == len(set(ids))
    assert deaths > 10


def test_only_owners_and_only_their_own(world: World, other_ctx: Any) -> None:
    """An admin is refused; another business's owner finds nothing, nor does another route."""
    from chalicelib.core.context import TenantContext

    ctx = world.ctx
    admin = TenantContext(ctx.tenant_id, ctx.user_id, "admin", "req_test")
    assert world.api.acting_as(admin).post(PATH).status == 403
    done = export(world)
    assert world.api.acting_as(other_ctx).get(f"{PATH}/{done['id']}").status == 404
    assert world.api.get(f"/api/contacts/exports/{done['id']}").status == 404
