"""Exports of contacts: what stands in the file, and that no death breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.s3 import models as moto_s3

from chalicelib.core.context import TenantContext
from chalicelib.schemas.exports import ContactsExport
from chalicelib.services.exports import sources, starting, writing
from chalicelib.services.imports import applying
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.exports import Exports
from chalicelib.storage.objects import Objects
from tests.component.api_client import ApiClient
from tests.component.conftest import NOON_MS, SettableClock
from tests.component.exporting import deliver, export, file_of, rows_of, take, work

PATH = "/api/contacts/exports"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, clock: SettableClock) -> SettableClock:
    """Have pages of four contacts and parts of a few rows; give the clock."""
    monkeypatch.setattr(sources, "CONTACTS_A_PAGE", 4)
    monkeypatch.setattr(writing, "CONTACTS_A_PAGE", 4)
    monkeypatch.setattr(writing, "PART_BYTES", 600)
    monkeypatch.setattr(moto_s3, "S3_UPLOAD_PART_MIN_SIZE", 600)
    return clock


def write(ctx: TenantContext, count: int) -> set[str]:
    """Write contacts, every other one with a field; return their ids."""
    drafts = [
        ContactDraft(
            phone=f"+4915112345{i:03d}",
            name=f"Person {i}",
            tags=["vip"] if i % 3 == 0 else [],
            fields={"city": f"City {i}"} if i % 2 else {},
        )
        for i in range(count)
    ]
    assert Contacts(ctx).create_together(drafts, NOON_MS)
    return {draft.id for draft in drafts}


def test_file_holds_every_contact_as_a_spreadsheet_needs_it(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext, clock: SettableClock
) -> None:
    """Phone and name as text that no spreadsheet executes, all fields as columns, those known by
    user id alone too, nobody of another business; in UTF-8 with a mark.
    """
    write(other_ctx, 2)
    contacts = Contacts(ctx)
    ada = ContactDraft(
        phone="+4915123456789",
        name="=HYPERLINK(1)",
        tags=["vip", "new"],
        fields={"city": 'Köln, "Süd"', "note": "-1"},
        opted_out_at=NOON_MS,
    )
    contacts.create(ada, NOON_MS)
    contacts.create(ContactDraft(bsuid="US.123", name="Bea", username="bea"), NOON_MS)
    done, rows = export(api, PATH, {})
    assert (done["rows"], done["looked_at"], done["total"]) == (2, 2, None)
    assert file_of(done).startswith(b"\xef\xbb\xbfContact id,Phone,WhatsApp user id,")
    assert done["size_bytes"] == len(file_of(done))
    found = {row["WhatsApp user id"]: row for row in rows}
    assert found[""]["Phone"] == "'+4915123456789"
    assert found[""]["Name"] == "'=HYPERLINK(1)"
    assert (found[""]["city"], found[""]["note"]) == ('Köln, "Süd"', "'-1")
    assert (found[""]["Tags"], found[""]["Opted out"]) == ("new, vip", "2026-11-23T12:00:00.000Z")
    assert (found["US.123"]["Phone"], found["US.123"]["Username"]) == ("", "bea")


def test_segments_and_filters_choose(api: ApiClient, ctx: TenantContext, aws: None) -> None:
    """A saved segment, a filter, chosen fields; a segment that is not there is told."""
    write(ctx, 12)
    vip = {"type": "tag", "tag": "vip"}
    segment = api.post("/api/segments", json={"name": "VIPs", "filter": vip}).body["id"]
    _, by_segment = export(api, PATH, {"segment_id": segment})
    _, by_filter = export(api, PATH, {"filter": vip, "fields": ["city", "zip"]})
    assert [row["Contact id"] for row in by_segment] == [row["Contact id"] for row in by_filter]
    assert len(by_segment) == 4
    assert {row["Tags"] for row in by_segment} == {"vip"}
    assert list(by_filter[0])[-2:] == ["city", "zip"]
    _, others = export(api, PATH, {"filter": {"type": "not", "of": vip}})
    assert len(others) == 8
    wrong = api.post(PATH, json={"segment_id": "seg_none"})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "segment_id")
    assert api.post(PATH, json={"segment_id": segment, "filter": vip}).status == 422


def test_empty_export_has_its_titles(api: ApiClient, aws: None) -> None:
    """Nobody to export is a file with titles alone, not an error."""
    done, rows = export(api, PATH, {})
    assert (rows, done["rows"]) == ([], 0)
    assert file_of(done).endswith(b"Created at\r\n")


def test_file_can_be_imported_again(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another business that imports the file has the same people: phone, or user id where that is
    hidden, name, fields, tags, and who has opted out.
    """
    monkeypatch.setattr(applying, "_WORKERS", 1)
    write(ctx, 3)
    formula = ContactDraft(
        phone="+4915123456789", name="@nn", fields={"note": "-1"}, opted_out_at=NOON_MS
    )
    Contacts(ctx).create(formula, NOON_MS)
    Contacts(ctx).create(ContactDraft(bsuid="US.1349120865", name="Hidden"), NOON_MS)
    Contacts(ctx).create(ContactDraft(phone="+4915123456790", bsuid="DE.77", name="Both"), NOON_MS)
    done, _ = export(api, PATH, {})
    other = api.acting_as(other_ctx)
    started = other.post(
        "/api/contacts/imports", content=file_of(done), headers={"Content-Type": "text/csv"}
    )
    assert started.status == 202, started.text
    work()
    keys = ("phone", "name", "tags", "fields", "opted_out")
    mine, theirs = (
        [{key: one[key] for key in keys} for one in who.get("/api/contacts").body["items"]]
        for who in (api, other)
    )
    assert theirs == mine
    assert any(one["opted_out"] and one["name"] == "@nn" for one in theirs)
    user_ids = {one["bsuid"] for one in other.get("/api/contacts").body["items"]}
    assert user_ids == {None, "US.1349120865"}, "beside a phone an id is for Meta to confirm"


def test_large_export_goes_on_message_by_message(
    api: ApiClient, ctx: TenantContext, small: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time at all, each delivery does one page, and the file is the same as in one go."""
    write(ctx, 30)
    whole, _ = export(api, PATH, {})
    monkeypatch.setattr(writing, "BUDGET_MS", 0)
    asked = api.post(PATH, json={}).body
    small.advance(1)
    count = 0
    while records := take():
        small.advance(1)
        assert [deliver(record) for record in records] == [True]
        count += 1
    assert count == 15  # eight pages to find the fields, the last with the first of eight to write
    done = api.get(f"{PATH}/{asked['id']}").body
    assert file_of(done) == file_of(whole)
    assert (done["rows"], done["state"]) == (30, "completed")


def test_no_more_than_a_part_and_a_page_is_held(
    api: ApiClient, ctx: TenantContext, small: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows there are, what is in memory goes to S3 as soon as it makes a part."""
    write(ctx, 40)
    pages, parts = list[int](), list[int]()
    add, put_part = writing._File.add, Objects.put_part

    def adding(self: writing._File, page: sources.Page) -> None:
        pages.append(len(page.data))
        add(self, page)

    def putting(*args: Any) -> str:
        parts.append(len(args[-1]))
        return put_part(*args)

    monkeypatch.setattr(writing._File, "add", adding)
    monkeypatch.setattr(Objects, "put_part", putting)
    done, rows = export(api, PATH, {})
    assert (len(rows), done["size_bytes"]) == (40, sum(parts))
    assert len(parts) >= 5
    assert all(writing.PART_BYTES <= part < writing.PART_BYTES + max(pages) for part in parts[:-1])


def _dying(nth: int, *, after: bool) -> tuple[Callable[..., Any], list[int]]:
    """Return an AWS call that dies at its nth time, before or after it was done; and the count."""
    call, seen = BaseClient._make_api_call, [0]  # type: ignore[attr-defined]

    def dying(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        seen[0] += 1
        if seen[0] < nth:
            return call(self, operation, params)
        if after and seen[0] == nth:
            call(self, operation, params)
        message = "the process is gone"
        raise ConnectionError(message)

    return dying, seen


@pytest.mark.parametrize("moment", ["before", "after"])
def test_every_death_ends_in_one_whole_file(
    api: ApiClient,
    ctx: TenantContext,
    small: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """A worker that dies before or after any of its AWS requests leaves no file that is seen, and
    the next one ends with each contact exactly once.
    """
    ids = write(ctx, 11)
    nth, is_over = 0, False
    while not is_over:
        nth += 1
        asked = api.post(PATH, json={}).body
        (record,) = take()
        with monkeypatch.context() as patch:
            dying, seen = _dying(nth, after=moment == "after")
            patch.setattr(BaseClient, "_make_api_call", dying)
            deliver(record)
            is_over = seen[0] < nth
        small.advance(writing.LEASE_MS / 1000 + 1)
        assert deliver(record)
        work()
        done = api.get(f"{PATH}/{asked['id']}").body
        assert (done["state"], done["rows"]) == ("completed", 11), nth
        found = [row["Contact id"] for row in rows_of(done)]
        assert (len(found), set(found)) == (11, ids), nth
    assert nth > 12


def test_two_workers_do_not_write_at_once(
    api: ApiClient, ctx: TenantContext, small: SettableClock
) -> None:
    """A copy of the message waits while a worker has the export, and does nothing once it is over;
    a worker whose lease ran out writes no more.
    """
    write(ctx, 5)
    asked = api.post(PATH, json={}).body
    (record,) = take()
    now_ms = small.now_ms()
    held = Exports(ctx).claim(asked["id"], "wrk_other", now_ms + writing.LEASE_MS, now_ms)
    assert held is not None
    assert not deliver(record)
    small.advance(writing.LEASE_MS / 1000 + 1)
    assert deliver(record)
    before = file_of(api.get(f"{PATH}/{asked['id']}").body)
    with pytest.raises(Exception, match=asked["id"]):
        Exports(ctx).note(held, writing._ANEW)
    assert deliver(record)
    assert file_of(api.get(f"{PATH}/{asked['id']}").body) == before


def test_upload_that_s3_threw_away_begins_anew(
    api: ApiClient, ctx: TenantContext, small: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose parts are gone after a day is written from the beginning, not left broken."""
    ids = write(ctx, 20)
    asked = api.post(PATH, json={"fields": []}).body
    with monkeypatch.context() as patch:
        patch.setattr(writing, "BUDGET_MS", 0)
        for _ in range(3):
            (record,) = take()
            small.advance(1)
            assert deliver(record)
    row = Exports(ctx).get(asked["id"])
    assert row.tags
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def gone(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        # As S3 answers; moto breaks on a part of an upload that it does not know.
        if params.get("UploadId") == row.upload:
            raise ClientError({"Error": {"Code": "NoSuchUpload"}}, operation)
        return call(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", gone)
    small.advance(1)
    work()
    done = api.get(f"{PATH}/{asked['id']}").body
    assert {found["Contact id"] for found in rows_of(done)} == ids
    assert done["rows"] == 20


def test_export_that_cannot_be_written_says_so(
    api: ApiClient, ctx: TenantContext, small: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the queue's five deliveries the export is failed, with what to do; too many different
    fields fail it at once.
    """
    write(ctx, 3)

    def broken(*_args: object) -> None:
        message = "S3 is out"
        raise ConnectionError(message)

    asked = api.post(PATH, json={}).body
    (record,) = take()
    with monkeypatch.context() as patch:
        patch.setattr(writing._File, "put_part", broken)
        for delivery in range(5):
            assert deliver(record) == (delivery == 4), delivery
            small.advance(writing.LEASE_MS / 1000 + 1)
    failed = api.get(f"{PATH}/{asked['id']}").body
    assert (failed["state"], failed["url"]) == ("failed", None)
    assert "again" in failed["error"]
    monkeypatch.setattr(writing, "MAX_FIELDS", 0)
    asked = api.post(PATH, json={}).body
    work()
    failed = api.get(f"{PATH}/{asked['id']}").body
    assert (failed["state"], "`fields`" in failed["error"]) == ("failed", True)


def test_url_is_for_minutes_and_the_file_for_days(
    api: ApiClient, ctx: TenantContext, clock: SettableClock
) -> None:
    """Before it is written there is no URL; after seven days it is expired, and there is none."""
    asked = api.post(PATH, json={}).body
    assert (asked["state"], asked["url"]) == ("queued", None)
    work()
    done = api.get(f"{PATH}/{asked['id']}").body
    assert "X-Amz-Expires=900" in done["url"]
    assert done["url_expires_at"] == "2026-11-23T12:15:00.000Z"
    clock.advance(7 * 86_400)
    late = api.get(f"{PATH}/{asked['id']}", headers={}).body
    assert (late["state"], late["url"]) == ("expired", None)
    assert Exports(ctx).get(asked["id"]).expires_at == NOON_MS // 1000 + 7 * 86_400


def test_exports_are_listed_newest_first(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext
) -> None:
    """Page by page, each export once, nobody else's; the file's address is the export's to give."""
    write(ctx, 2)
    made = [api.post(PATH, json={}).body["id"] for _ in range(3)]
    starting.start_contacts(other_ctx, ContactsExport())
    work()
    first = api.get("/api/exports?limit=2").body
    second = api.get(f"/api/exports?limit=2&cursor={first['next_cursor']}").body
    items = [*first["items"], *second["items"]]
    assert [one["id"] for one in items] == sorted(made, reverse=True)
    assert {(one["kind"], one["campaign_id"], one["state"], one["url"]) for one in items} == {
        ("contacts", None, "completed", None)
    }
    assert api.get(f"{PATH}/{made[0]}").body["url"] is not None
