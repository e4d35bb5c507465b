"""The body that sends a message: one model of its type reads it, as the union of all would."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.schemas.message_send import MODELS, MessageSend
from chalicelib.schemas.messages import Message
from tests.unit.schemas.message_cases import VALID

MESSAGE: TypeAdapter[Any] = TypeAdapter(Message)


def sent(body: object) -> Any:
    """Return a body as the route reads it: from JSON, strictly."""
    return MessageSend.model_validate_json(json.dumps(body), strict=True).root


def test_every_type_has_its_model() -> None:
    """The table names the models of the union, in its order, each under its own type."""
    found = []
    for kind, path in MODELS.items():
        module, _, name = path.partition(".")
        model = getattr(import_module(f"chalicelib.schemas.{module}"), name)
        assert get_args(model.model_fields["type"].annotation) == (kind,)
        found.append(model)
    assert tuple(found) == get_args(get_args(Message)[0])


@pytest.mark.parametrize("kind", VALID)
def test_a_message_is_read_as_by_the_union(kind: str) -> None:
    """Each message that is right is read from JSON to what the union of all models makes of it."""
    assert sent(VALID[kind]) == MESSAGE.validate_python(VALID[kind])


@pytest.mark.parametrize("kind", ["fax", 5, None, ["text"]])
def test_an_unknown_type_is_told_all_types(kind: object) -> None:
    """A type that is none is refused at its field, with those that there are."""
    with pytest.raises(ValidationError) as raised:
        sent({"type": kind, "text": {"body": "Hi"}})
    (error,) = raised.value.errors()
    assert error["loc"] == ("type",)
    assert all(repr(known) in error["msg"] for known in MODELS)


@pytest.mark.parametrize("body", [[], 5, "Hi", None])
def test_what_is_no_object_is_no_message(body: object) -> None:
    """A body of another kind is refused as a whole."""
    with pytest.raises(ValidationError, match="a message is an object"):
        sent(body)


@pytest.mark.parametrize("day", ["26/11/1990", "1990-02-30", 7, 0.5])
def test_a_birthday_is_a_day(day: object) -> None:
    """What is no day of a calendar is refused at its field."""
    card = {"name": {"formatted_name": "Ana Lima", "first_name": "Ana"}, "birthday": day}
    with pytest.raises(ValidationError) as raised:
        sent({"type": "contacts", "contacts": [card]})
    (error,) = raised.value.errors()
    assert error["loc"] == ("contacts", 0, "birthday")
