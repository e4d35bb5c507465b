"""Sets a simulation going: its schedule and outbox, as tasks that live as long as the server."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from .events import happen
from .simulation import Simulation

_LOG = logging.getLogger("sandbox")


def _report(task: asyncio.Task[None]) -> None:
    """Log a task that died: a sandbox whose time stands still must not look healthy in silence."""
    if not task.cancelled() and (error := task.exception()):
        _LOG.critical("the %s task died", task.get_name(), exc_info=error)


@contextlib.asynccontextmanager
async def running(simulation: Simulation) -> AsyncIterator[None]:
    """Run the schedule and the outbox while the block runs."""
    tasks = [
        asyncio.create_task(
            simulation.schedule.run(lambda event: happen(simulation, event)), name="schedule"
        ),
        asyncio.create_task(simulation.outbox.run(), name="outbox"),
    ]
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        simulation.links.close()
        await asyncio.gather(*tasks, return_exceptions=True)
