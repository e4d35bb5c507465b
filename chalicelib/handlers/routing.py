"""Where a blueprint's routes begin: the endpoint wrapper, told how outages below it are named."""

from __future__ import annotations

from chalice import Blueprint

from chalicelib.core import aws
from chalicelib.core.endpoint import Api, Rooms
from chalicelib.core.errors import AppError
from chalicelib.services import api_keys, suspension
from chalicelib.services.operator_standing import acts_as_operator
from chalicelib.services.request_limits import RequestLimits
from chalicelib.storage import base as storage
from chalicelib.storage.audit import AuditTrail
from chalicelib.storage.idempotency import Answers


def routes(module: str, tag: str) -> Api:
    """Return the Api on which `module` registers the routes of the resource `tag`."""
    rooms = Rooms(
        Answers(),
        AuditTrail(),
        RequestLimits(),
        api_keys.read_key,
        suspension.check_open,
        acts_as_operator,
    )
    return Api(Blueprint(module), tag, translate=_translate, rooms=rooms)


def _translate(error: Exception) -> AppError | None:
    return storage.as_unavailable(error) or aws.as_unavailable(error)
