"""The ASGI application: control API, pages, and everything else to the Graph API."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from .control import api
from .graph.routes import answer
from .live import running
from .page import scenarios, views
from .simulation import Simulation

# What begins so is the sandbox's own; every other path is Graph's.
_OWN = ("/sandbox/", "/phones/", "/static/", "/scenarios")


def make_app(simulation: Simulation) -> ASGIApp:
    """Return the application; its lifespan runs the simulation.

    Graph's calls skip the router: they are nearly all of the traffic, and have a table of their
    own.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(simulation):
            yield

    own = Starlette(
        routes=[
            *api.routes(simulation),
            *views.routes(simulation),
            *scenarios.routes(simulation),
        ],
        lifespan=lifespan,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/" or scope["path"].startswith(_OWN):
            await own(scope, receive, send)
            return
        response = await answer(simulation, Request(scope, receive))
        await response(scope, receive, send)

    return app
