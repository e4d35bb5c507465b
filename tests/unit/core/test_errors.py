"""The errors of the API as problem+json."""

from __future__ import annotations

from chalicelib.core.errors import AppError, FieldError, Invalid


def all_errors() -> list[type[AppError]]:
    """Return every kind of error."""
    return [AppError, *AppError.__subclasses__()]


def test_problem_body() -> None:
    """A problem carries type, title, status, detail, code, request id, and its field errors."""
    error = Invalid("wrong", code="odd", errors=(FieldError("a.b", "is odd"),))
    assert error.problem("req") == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "wrong",
        "code": "odd",
        "request_id": "req",
        "errors": [{"field": "a.b", "message": "is odd"}],
    }


def test_each_kind_has_its_own_status_and_code() -> None:
    """No two kinds of error share a status or a code, and each says what it is."""
    kinds = [kind for kind in all_errors() if kind.__module__ == AppError.__module__]
    assert len({kind.status for kind in kinds}) == len(kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.__doc__ for kind in kinds)
