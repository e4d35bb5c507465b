"""The ASGI application: control API, pages, and everything else to the Graph API."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .control import api
from .graph.routes import answer
from .live import running
from .page import views
from .simulation import Simulation

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def make_app(simulation: Simulation) -> Starlette:
    """Return the application; its lifespan runs the simulation."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(simulation):
            yield

    async def graph(request: Request) -> Response:
        return await answer(simulation, request)

    return Starlette(
        routes=[
            *api.routes(simulation),
            *views.routes(simulation),
            Route("/{path:path}", graph, methods=_METHODS),
        ],
        lifespan=lifespan,
    )
