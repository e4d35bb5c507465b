"""SQS to handler: what succeeds is deleted, what fails comes again, nothing else happens to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from infra.local.cloudformation import Deployer
from infra.local.consumer import QUEUES, ConsumerError, read_source
from infra.local.event_source import EventSource, InHand, Source, failures
from infra.local.ministack import MiniStack, inherited

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sqs(aws: MiniStack) -> Any:
    """A client of the emulator's queues."""
    return Deployer(aws.environment).client("sqs")


@pytest.fixture
def source(aws: MiniStack, sqs: Any, request: pytest.FixtureRequest) -> Iterator[Source]:
    """A queue of its own for each test, five messages at a time."""
    name = request.node.name.replace("[", "-").replace("]", "")[:80]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    yield Source("send", url, arn, "SenderFunction", batch_size=5, timeout_s=60, memory_mb=1024)
    sqs.delete_queue(QueueUrl=url)


def waiting(sqs: Any, source: Source) -> int:
    """Return how many messages the queue holds, hidden ones too."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=source.queue_url, AttributeNames=names)
    return sum(int(answer["Attributes"][name]) for name in names)


def put(sqs: Any, source: Source, *bodies: str) -> None:
    """Put messages on the queue."""
    for body in bodies:
        sqs.send_message(
            QueueUrl=source.queue_url,
            MessageBody=body,
            MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
        )


def drain(event_source: EventSource, times: int) -> int:
    """Deliver a few batches; return how many messages were deleted."""
    return sum(event_source.deliver_once(wait_s=0) for _ in range(times))


def test_successes_only_are_deleted(sqs: Any, source: Source) -> None:
    """What the handler names as failed comes again once it is visible; the others are gone."""
    put(sqs, source, "good", "bad", "fine")
    seen: list[str] = []

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        seen.extend(record["body"] for record in event["Records"])
        failed = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": i} for i in failed]}

    event_source = EventSource(sqs, source, handler, InHand(sqs, 1))
    assert drain(event_source, 3) == 2
    assert waiting(sqs, source) == 1
    time.sleep(1.1)
    assert drain(event_source, 2) == 0
    assert seen.count("bad") == 2
    assert sorted(set(seen)) == ["bad", "fine", "good"]


def test_a_handler_that_raises_loses_nothing(sqs: Any, source: Source) -> None:
    """An exception keeps the whole batch, as Lambda does, and the consumer goes on."""
    put(sqs, source, "one", "two")

    def handler(_event: dict[str, Any], _context: Any) -> None:
        raise RuntimeError("no table")

    assert drain(EventSource(sqs, source, handler, InHand(sqs, 30)), 3) == 0
    assert waiting(sqs, source) == 2


def test_the_event_is_lambdas(sqs: Any, source: Source) -> None:
    """A record has the fields of AWS's event, and the context counts the time down."""
    put(sqs, source, '{"v":1}')
    got: list[tuple[dict[str, Any], int]] = []

    def handler(event: dict[str, Any], context: Any) -> None:
        got.append((event, context.get_remaining_time_in_millis()))

    assert drain(EventSource(sqs, source, handler, InHand(sqs, 30)), 1) == 1
    (event, left_ms), record = got[0], got[0][0]["Records"][0]
    assert list(event) == ["Records"]
    assert json.loads(record["body"]) == {"v": 1}
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == source.queue_arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "test"
    assert 59_000 < left_ms <= 60_000


def test_work_in_hand_stays_hidden(sqs: Any, source: Source) -> None:
    """A handler that takes longer than the visibility timeout is not given its message twice."""
    put(sqs, source, "slow")
    calls: list[float] = []

    def handler(_event: dict[str, Any], _context: Any) -> None:
        calls.append(time.monotonic())
        time.sleep(2.5)

    stopped = threading.Event()
    in_hand = InHand(sqs, 1)
    keeper = threading.Thread(target=in_hand.keep, args=(stopped,))
    keeper.start()
    event_source = EventSource(sqs, source, handler, in_hand)
    threads = [threading.Thread(target=event_source.deliver_once, args=(2,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stopped.set()
    keeper.join()
    assert len(calls) == 1
    assert waiting(sqs, source) == 0


@given(st.sets(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
def test_named_failures_are_kept(ids: set[str], named: list[str]) -> None:
    """Exactly what is named fails; naming a message that was not given fails everything."""
    result = {"batchItemFailures": [{"itemIdentifier": name} for name in named]}
    is_sound = all(name in ids for name in named)
    assert failures(result, ids) == (set(named) if is_sound else ids)


@pytest.mark.parametrize("result", [None, {}, {"batchItemFailures": []}, {"statusCode": 200}])
def test_an_answer_without_failures_is_a_success(result: object) -> None:
    """AWS takes an empty or missing list for a success of the whole batch."""
    assert failures(result, {"a"}) == set()


@pytest.mark.parametrize(
    "result", ["ok", 7, {"batchItemFailures": "a"}, {"batchItemFailures": [{"id": "a"}]}]
)
def test_an_answer_that_makes_no_sense_fails_the_batch(result: object) -> None:
    """AWS takes a list it cannot read for a failure of the whole batch."""
    assert failures(result, {"a", "b"}) == {"a", "b"}


def test_every_queue_has_its_function_in_the_template() -> None:
    """Batch size, time and memory are those of infra/resources.yaml, so local is as deployed."""
    found = {}
    for name in QUEUES:
        env = {f"{name.upper()}_QUEUE_URL": f"http://127.0.0.1:4566/000000000000/{name}"}
        source, handler = read_source(name, env)
        found[name] = (handler, source.function_name, source.batch_size)
    assert found == {
        "plan": ("chalicelib.handlers.queues.plan.handler", "PlannerFunction", 1),
        "send": ("chalicelib.handlers.queues.send.handler", "SenderFunction", 1),
        "inbound": ("chalicelib.handlers.queues.inbound.handler", "InboundFunction", 10),
        "imports": ("chalicelib.handlers.queues.imports.handler", "ImporterFunction", 1),
        "media": ("chalicelib.handlers.queues.media.handler", "MediaFunction", 1),
        "mail": ("chalicelib.handlers.queues.mail.handler", "MailFunction", 1),
        "tenant": ("chalicelib.handlers.queues.tenant.handler", "TenantFunction", 1),
    }


def test_a_consumer_without_its_queue_says_what_is_missing() -> None:
    """Started by hand, it names the variable instead of failing in the middle."""
    with pytest.raises(ConsumerError, match="SEND_QUEUE_URL is not set"):
        read_source("send", {})


def test_sigterm_lets_a_consumer_finish(
    aws: MiniStack, sqs: Any, source: Source, tmp_path: Path, eventually: Callable[..., bool]
) -> None:
    """A consumer process that is asked to end in the middle of a message finishes that message."""
    package = tmp_path / "chalicelib" / "handlers" / "queues"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").touch()
    log = tmp_path / "log"
    (package / "send.py").write_text(
        "import time\n"
        "def handler(event, context):\n"
        f"    open({str(log)!r}, 'a').write('begun ')\n"
        "    time.sleep(1)\n"
        f"    open({str(log)!r}, 'a').write('done')\n"
    )
    put(sqs, source, "slow")
    environment = aws.environment | {
        "SEND_QUEUE_URL": source.queue_url,
        "PYTHONPATH": str(ROOT),
        "READY_FILE": str(tmp_path / "ready"),
    }
    # The package of the working directory comes first, so its handler is the one that is run.
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local.consumer", "send"],
        cwd=tmp_path,
        env=inherited(os.environ) | environment,
    )
    try:
        assert eventually(lambda: log.exists() and "begun" in log.read_text(), 10)
        assert (tmp_path / "ready").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    assert log.read_text() == "begun done"
    assert waiting(sqs, source) == 0
