"""What the shapes of messages share: links, and errors that name the field that breaks a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints, ValidationError, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

from chalicelib.core.hosts import may_be_public


def refuse(message: str, *location: str | int) -> NoReturn:
    """Raise the error of a rule that no single field can check, at the field that breaks it.

    `location` is the path from the model whose validator calls this.
    """
    raise ValidationError.from_exception_data("rule", [_error(message, location)])


def refuse_repeated(values: Iterable[str], what: str, *location: str | int) -> None:
    """Raise an error at `location` if a value comes twice, e.g. the title of a button."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            refuse(f"{what} {value!r} comes twice; each must be unique in the message", *location)
        seen.add(value)


def _error(message: str, location: tuple[str | int, ...]) -> InitErrorDetails:
    error = PydanticCustomError("rule", "{message}", {"message": message})
    return InitErrorDetails(type=error, loc=location, input=None)


def _without_choice(value: Any, choose: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any JSON
    try:
        return choose(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ValidationError.from_exception_data(
            error.title, [_moved(detail) for detail in details]
        ) from None


def _moved(detail: Any) -> InitErrorDetails:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return an error of the chosen model at its place in the request."""
    if not detail["loc"] and detail["type"].startswith("union_tag"):
        member = detail["ctx"]["discriminator"].strip("'")
        known = detail["ctx"].get("expected_tags")
        words = "Field required" if known is None else f"Input should be one of {known}"
        return _error(words, (member,))
    return _error(detail["msg"].removeprefix("Value error, "), tuple(detail["loc"][1:]))


# After the discriminator of a union. Pydantic puts the chosen model into the path of its errors; a
# caller sent no such field, so it is taken out: `interactive.action.buttons.0.reply.title`.
ERRORS_AS_SENT = WrapValidator(_without_choice)


def public_link(link: str) -> str:
    """Return `link` if it is a web address of the public internet; raise ValueError with advice."""
    parts = urlsplit(link)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        message = "a web address that begins with https:// or http:// is needed"
        raise ValueError(message)
    if parts.username is not None or not may_be_public(parts.hostname):
        message = "a web address that anybody on the internet can open is needed"
        raise ValueError(message)
    return link


Link = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(public_link)]
