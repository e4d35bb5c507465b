"""Asks everything that Parley stands on whether it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.config import settings
from chalicelib.core.log import log
from chalicelib.schemas.health import HealthOut, ServiceHealth
from chalicelib.storage import tenants
from chalicelib.whatsapp.client import graph_client

# `make verify` waits 5 s, a load balancer commonly as long.
DEADLINE_S = 2.0

# WhatsApp is missing on purpose: without it Parley still takes work, and keeps it.
ESSENTIAL = frozenset({"database", "queues", "storage"})


def _check_queues() -> None:
    one = settings()
    sqs = aws.client("sqs")
    urls = (
        one.plan_queue_url,
        one.send_queue_url,
        one.inbound_queue_url,
        one.imports_queue_url,
        one.media_queue_url,
        one.mail_queue_url,
        one.tenant_queue_url,
    )
    for url in urls:
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])


def _check_storage() -> None:
    aws.client("s3").head_bucket(Bucket=settings().bucket)


def _check_whatsapp() -> None:
    graph_client().ping(timeout_s=DEADLINE_S)


CHECKS: dict[str, Callable[[], None]] = {
    "database": tenants.ask_database,
    "queues": _check_queues,
    "storage": _check_storage,
    "whatsapp": _check_whatsapp,
}


def check(clock: Clock = SYSTEM_CLOCK, deadline_s: float = DEADLINE_S) -> HealthOut:
    """Run all checks at once and return what they found, after DEADLINE_S at the latest.

    0.5 RRU, 7 SQS requests, 1 S3 request, 1 request to Meta.
    """
    pool = ThreadPoolExecutor(max_workers=len(CHECKS), thread_name_prefix="health")
    futures = {name: pool.submit(_timed, run) for name, run in CHECKS.items()}
    wait(futures.values(), timeout=deadline_s)
    pool.shutdown(wait=False, cancel_futures=True)
    services = {name: _outcome(name, future, deadline_s) for name, future in futures.items()}
    is_well = all(found.status == "ok" for found in services.values())
    return HealthOut(
        status="ok" if is_well else "degraded",
        timestamp=to_iso(clock.now_ms()),
        version=settings().version,
        services=services,
    )


def is_able(health: HealthOut) -> bool:
    """Tell whether Parley can do its work: what it cannot do without is there."""
    return all(health.services[name].status == "ok" for name in ESSENTIAL)


def _timed(run: Callable[[], None]) -> int:
    """Run one check and return how long it took, in milliseconds."""
    started = time.perf_counter()
    run()
    return round((time.perf_counter() - started) * 1000)


def _outcome(name: str, future: Future[int], deadline_s: float) -> ServiceHealth:
    if not future.done():
        late_ms = round(deadline_s * 1000)
        return ServiceHealth(status="down", latency_ms=late_ms, detail="no answer in time")
    error = future.exception()
    if error is not None:
        # The caller is anybody, so the kind of failure is for the log only.
        log.warning("a health check failed", extra={"check": name, "error": type(error).__name__})
        return ServiceHealth(status="down", latency_ms=None, detail="it cannot be used")
    return ServiceHealth(status="ok", latency_ms=future.result())
