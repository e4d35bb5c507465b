"""A process that feeds SQS queues to their handlers.

`python -m infra.local.consumer send --concurrency 3`

It stands for Lambda's event source mappings where the handlers run outside Lambda. SIGTERM lets it
finish what is in hand.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import botocore.session
from botocore.config import Config

from infra.local.event_source import VISIBILITY_S, EventSource, Handler, InHand, Source
from infra.resources import fragment

QUEUES = {
    "plan": "PlanQueue",
    "send": "SendQueue",
    "inbound": "InboundQueue",
    "imports": "ImportsQueue",
    "media": "MediaQueue",
    "mail": "MailQueue",
    "tenant": "TenantQueue",
}
_FINISH_S = 5


class ConsumerError(Exception):
    """A consumer cannot start; the message says what is missing."""


def read_source(name: str, env: Mapping[str, str]) -> tuple[Source, str]:
    """Return the queue `name` as the template declares it, and the path of its handler.

    Raises ConsumerError when `env` does not say where the queue is.
    """
    variable = f"{name.upper()}_QUEUE_URL"
    url = env.get(variable)
    if not url:
        message = f"{variable} is not set: start consumers with `make run`, which knows the queues."
        raise ConsumerError(message)
    function_name, function, event = _consumer_of(QUEUES[name])
    account, queue = url.rsplit("/", 2)[1:]
    region = env.get("AWS_REGION") or "us-east-1"
    source = Source(
        queue_name=name,
        queue_url=url,
        queue_arn=f"arn:aws:sqs:{region}:{account}:{queue}",
        function_name=function_name,
        batch_size=int(event["BatchSize"]),
        timeout_s=int(function["Timeout"]),
        memory_mb=int(function["MemorySize"]),
    )
    return source, str(function["Handler"])


def _consumer_of(queue: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the function that the template feeds from `queue`: name, properties, event."""
    for name, resource in fragment()["Resources"].items():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            fed_by = event["Properties"].get("Queue", {}).get("Fn::GetAtt", ())
            if event["Type"] == "SQS" and queue in fed_by:
                return name, resource["Properties"], event["Properties"]
    message = f"no function in infra/resources.yaml has an SQS event from {queue}"
    raise ConsumerError(message)


def load_handler(path: str) -> Handler:
    """Return the function at a Lambda `Handler` path; raises ImportError or AttributeError."""
    module, _, name = path.rpartition(".")
    return cast("Handler", getattr(importlib.import_module(module), name))


def main(argv: list[str]) -> int:
    """Run the consumers named on the command line until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.consumer", description=__doc__)
    parser.add_argument("queues", nargs="+", choices=sorted(QUEUES), metavar="QUEUE")
    parser.add_argument("--concurrency", type=int, default=1, help="invocations at once, per queue")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        sources = [read_source(name, os.environ) for name in options.queues]
    except ConsumerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sqs = botocore.session.get_session().create_client(
        "sqs",
        config=Config(
            max_pool_connections=options.concurrency * len(sources) + 2,
            retries={"mode": "standard", "max_attempts": 3},
        ),
    )
    in_hand = InHand(sqs, int(os.environ.get("CONSUMER_VISIBILITY_S") or VISIBILITY_S))
    event_sources = [
        EventSource(sqs, source, load_handler(path), in_hand) for source, path in sources
    ]
    patience = max(source.timeout_s for source, _ in sources) + _FINISH_S
    _serve(
        [event_source.run for event_source in event_sources for _ in range(options.concurrency)],
        in_hand,
        patience,
    )
    return 0


def _serve(
    loops: list[Callable[[threading.Event], None]], in_hand: InHand, patience_s: float
) -> None:
    """Run the loops in threads until SIGTERM or SIGINT, and let each finish what it has in hand."""
    stopping, stopped = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    threading.Thread(target=in_hand.keep, args=(stopped,), daemon=True).start()
    threads = [threading.Thread(target=loop, args=(stopping,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    ready = os.environ.get("READY_FILE")
    if ready:
        Path(ready).touch()
    stopping.wait()
    for thread in threads:
        thread.join(patience_s)
    stopped.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
