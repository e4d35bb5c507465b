"""Filters: which contacts are meant, as a tree of conditions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from chalicelib.schemas.base import RequestModel, Tag

MAX_CONDITIONS = 50
MAX_DEPTH = 5

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Days = Annotated[int, Field(ge=1, le=3650)]


class TagCondition(RequestModel):
    """Who carries a tag."""

    type: Literal["tag"]
    tag: Tag


class FieldCondition(RequestModel):
    """Whose field compares so with a value: as numbers for gt, gte, lt, lte, else caseless text."""

    type: Literal["field"]
    field: FieldName = Field(description="`name`, or a field of the contact.")
    op: Literal["is", "is_not", "contains", "starts_with", "is_set", "gt", "gte", "lt", "lte"]
    value: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> FieldCondition:
        if self.op == "is_set" and self.value:
            message = "`is_set` compares with nothing; leave `value` out"
            raise ValueError(message)
        if self.op != "is_set" and not self.value:
            message = f"`{self.op}` needs a `value`; an empty field is `not` `is_set`"
            raise ValueError(message)
        if self.op in {"gt", "gte", "lt", "lte"}:
            try:
                float(self.value)
            except ValueError:
                message = f"`{self.op}` compares numbers; {self.value[:40]!r} is none"
                raise ValueError(message) from None
        return self


class CountryCondition(RequestModel):
    """Whose phone is of one of these countries."""

    type: Literal["country"]
    countries: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = Field(
        min_length=1, max_length=250
    )


class LanguageCondition(RequestModel):
    """Whose language is one of these; `pt` means `pt_BR` too."""

    type: Literal["language"]
    languages: list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]] = Field(
        min_length=1, max_length=100
    )


class OptInCondition(RequestModel):
    """Who may be written to: `all` messages, or `marketing`, which can be stopped alone."""

    type: Literal["opt_in"]
    to: Literal["all", "marketing"] = "marketing"


class LastSeenCondition(RequestModel):
    """Who wrote within the last days, not within them, or never."""

    type: Literal["last_seen"]
    op: Literal["within", "not_within", "never"]
    days: Days | None = None

    @model_validator(mode="after")
    def _has_days(self) -> LastSeenCondition:
        if (self.days is None) != (self.op == "never"):
            message = "`within` and `not_within` need `days`, `never` has none"
            raise ValueError(message)
        return self


class CreatedCondition(RequestModel):
    """Who was added within the last days, or before them."""

    type: Literal["created"]
    op: Literal["within", "not_within"]
    days: Days


class AllOf(RequestModel):
    """Who meets every one of these."""

    type: Literal["all_of"]
    of: list[Filter] = Field(min_length=1, max_length=MAX_CONDITIONS)


class AnyOf(RequestModel):
    """Who meets one of these, or several."""

    type: Literal["any_of"]
    of: list[Filter] = Field(min_length=1, max_length=MAX_CONDITIONS)


class Not(RequestModel):
    """Who does not meet this."""

    type: Literal["not"]
    of: Filter


Filter = Annotated[
    TagCondition
    | FieldCondition
    | CountryCondition
    | LanguageCondition
    | OptInCondition
    | LastSeenCondition
    | CreatedCondition
    | AllOf
    | AnyOf
    | Not,
    Field(discriminator="type"),
]


def _size(node: Filter) -> tuple[int, int]:
    """Return how many conditions a tree has, and how deep it is."""
    if isinstance(node, Not):
        count, depth = _size(node.of)
        return count, depth + 1
    if not isinstance(node, AllOf | AnyOf):
        return 1, 1
    sizes = [_size(child) for child in node.of]
    return sum(count for count, _ in sizes), 1 + max(depth for _, depth in sizes)


def check_size(node: Filter) -> Filter:
    """Return the filter; raise ValueError if it has too many conditions or is too deep."""
    count, depth = _size(node)
    if count > MAX_CONDITIONS or depth > MAX_DEPTH:
        message = (
            f"a segment has at most {MAX_CONDITIONS} conditions in {MAX_DEPTH} levels, "
            f"not {count} in {depth}"
        )
        raise ValueError(message)
    return node
