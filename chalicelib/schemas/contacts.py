"""Requests and responses of contacts and of CSV imports."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel, Tag
from chalicelib.schemas.fields import refuse

Fields = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, StringConstraints(max_length=500)],
    ],
    Field(max_length=50),
]


class ContactCreate(RequestModel):
    """A new contact, by phone, by business-scoped user id, or by both."""

    phone: str | None = Field(
        default=None, min_length=3, max_length=40, description="Written in any usual way."
    )
    bsuid: str | None = Field(
        default=None,
        max_length=140,
        description="The user id by which WhatsApp names a person who hides the phone.",
    )
    name: str = Field(default="", max_length=200)
    country: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}$", description="Country of a phone without a +."
    )
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    fields: Fields = Field(default_factory=dict)
    opted_out: bool = False

    @model_validator(mode="after")
    def _can_be_written_to(self) -> Self:
        if self.phone is None and self.bsuid is None:
            refuse("a contact needs a phone or a bsuid", "phone")
        return self


class ContactUpdate(RequestModel):
    """What to change; what is absent stays."""

    phone: str | None = Field(
        default=None,
        min_length=3,
        max_length=40,
        description="Another phone, written in any usual way; null takes it away.",
    )
    bsuid: str | None = Field(
        default=None, max_length=140, description="Another user id; null takes it away."
    )
    country: str | None = Field(
        default=None, pattern=r"^[A-Z]{2}$", description="Also of a phone without a +."
    )
    unreachable: Literal[False] | None = Field(
        default=None,
        description="`false` forgets that WhatsApp could not reach them, or took no messages for "
        "them: the next campaign tries again.",
    )
    name: str | None = Field(default=None, max_length=200)
    tags: list[Tag] | None = Field(default=None, max_length=50)
    fields: Fields | None = None
    opted_out: bool | None = None


class UnreachableOut(ResponseModel):
    """Why campaigns leave a contact out, as WhatsApp said."""

    since: str
    code: int = Field(description="Meta's.")
    title: str
    next_step: str


class ContactOut(ResponseModel):
    """A person, known by phone, by business-scoped user id, or both."""

    id: str
    phone: str | None
    bsuid: str | None
    username: str | None = Field(description="The person's name at WhatsApp, without @.")
    name: str
    country: str | None
    language: str | None
    tags: list[str]
    fields: dict[str, str]
    opted_out: bool
    opted_out_at: str | None
    marketing_opted_out_at: str | None = Field(
        description="When the person stopped marketing from this business, in WhatsApp itself."
    )
    unreachable: UnreachableOut | None = Field(
        description="WhatsApp cannot reach them, or takes no messages for them."
    )
    created_at: str
    updated_at: str


class ContactQuery(PageQuery):
    """A page of contacts, in order of their names; or the one with a phone or a user id."""

    name_prefix: str | None = Field(default=None, max_length=100)
    phone: str | None = Field(default=None, min_length=3, max_length=40)
    bsuid: str | None = Field(
        default=None, max_length=140, description="Also one that WhatsApp has replaced."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(one is not None for one in (self.name_prefix, self.phone, self.bsuid)) > 1:
            refuse("search by one of name_prefix, phone and bsuid", "phone")
        return self


class ContactList(ResponseModel):
    """A page of contacts."""

    items: list[ContactOut]
    next_cursor: str | None


ImportState = Literal["queued", "running", "completed", "failed"]
RowOutcome = Literal["created", "updated", "duplicate", "invalid"]


class ImportUpload(RequestModel):
    """A file that is too large for one request, to be uploaded straight to storage."""

    size_bytes: int = Field(gt=0, le=500_000_000)


class UploadOut(ResponseModel):
    """Where to PUT the file, within an hour, with Content-Type text/csv."""

    upload_id: str
    url: str
    expires_in_s: int


class ImportStart(RequestModel):
    """Start the import of an uploaded file."""

    upload_id: str = Field(max_length=60)


class ImportOut(ResponseModel):
    """An import and how far it has come; the four outcomes add up to `rows_done`."""

    id: str
    state: ImportState
    rows_total: int = Field(description="0 until an uploaded file has been read through.")
    rows_done: int
    created: int
    updated: int
    duplicate: int
    invalid: int
    columns: dict[str, str] = Field(description="Column of the file → field of the contact.")
    error: str | None
    created_at: str
    completed_at: str | None


class ImportList(ResponseModel):
    """A page of imports, newest first."""

    items: list[ImportOut]
    next_cursor: str | None


class ImportRowsQuery(PageQuery):
    """A page of rows, of one outcome or of all."""

    outcome: RowOutcome | None = None


class ImportRow(ResponseModel):
    """What became of one row; `row` counts the header as row 1, as a spreadsheet does."""

    row: int
    outcome: RowOutcome
    phone: str = Field(description="Or the user id, of a row that has no phone.")
    contact_id: str | None
    code: str | None = Field(description="The reason as a stable word, e.g. `landline`.")
    reason: str | None = Field(description="Why the row is invalid, or which row it duplicates.")


class ImportRowList(ResponseModel):
    """A page of an import's rows."""

    items: list[ImportRow]
    next_cursor: str | None
