"""What a business and its people do in the faults bench: where each case begins, and who acts then.

course     what happens
plain      a campaign is launched
paged      the same, with an audience of several pages and chunks, recounted in portions
guarded    marketing with a frequency cap, quiet hours, a canary, and Meta's 24-hour limit
paused     a person pauses the campaign as Meta takes the first message, and resumes it later
cancelled  a person cancels it then
retried    some fail for now; when the campaign is completed, a person has them tried again
listed     it starts by a schedule, to an earlier campaign's readers and whoever carries a tag
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from unittest import mock

from bench.cloud import stage
from bench.cloud.attach import at_calls
from bench.cloud.dynamodb import Table
from bench.cloud.services import Cloud
from bench.virtual_time import Kernel, in_virtual_time
from bench.world import Business, add_contacts, make_business
from chalicelib.schemas.campaigns import CampaignSchedule
from chalicelib.services import statuses
from chalicelib.services.campaigns import (
    admission,
    drafts,
    planning,
    reconciling,
    rules,
    schedules,
    walking,
)
from chalicelib.storage.allowance import HOUR_MS, count_started
from chalicelib.storage.contact_row import ContactRow
from chalicelib.storage.numbers import NumberRow

AWS_S = 0.005
# Five minutes before an hour, at which a share of the 24-hour limit frees up.
_BEGIN_MS = 55 * 60_000.0
_TAG = "customer"


@dataclass(frozen=True, slots=True)
class Course:
    """One way that things go; `page` and `chunk` are how many recipients make one.

    `act` is what a person does as Meta takes the first message.
    """

    name: str
    recipients: int
    page: int = 500
    chunk: int = 20
    act: str | None = None
    retries: bool = False

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Cut audiences as this course wants it, for the block."""
        with ExitStack() as exits:
            size = mock.patch.object(planning, "chunk_size", return_value=self.chunk)
            exits.enter_context(size)
            exits.enter_context(mock.patch.object(walking, "PAGE_CONTACTS", self.page))
            if self.name == "paged":
                exits.enter_context(mock.patch.object(reconciling, "BUDGET_MS", 0))
            yield


COURSES = (
    Course("plain", 4),
    Course("paged", 5, page=2, chunk=2),
    Course("guarded", 5),
    Course("paused", 7, chunk=6, act="pause"),
    Course("cancelled", 7, chunk=6, act="cancel"),
    Course("retried", 5, page=3, chunk=2, retries=True),
    Course("listed", 4, page=3),
)


class _InLine:
    """A pool of threads, without the threads: a trace sees one thread, and order is the seed's."""

    def __init__(self, *_args: object, **_options: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        pass

    @staticmethod
    def map(work: Any, items: Any) -> Iterator[Any]:  # noqa: ANN401 - as Executor.map
        return map(work, items)


@contextmanager
def in_world(cloud: Cloud, kernel: Kernel, seed: str) -> Iterator[None]:
    """Let AWS be `cloud`, time be the kernel's and chance the seed's, for the block."""
    chance = random.Random(seed)

    def token_hex(size: int) -> str:
        return chance.randbytes(size).hex()

    with (
        at_calls(cloud),
        in_virtual_time(kernel, AWS_S),
        mock.patch.object(secrets, "randbits", chance.getrandbits),
        mock.patch.object(secrets, "randbelow", chance.randrange),
        mock.patch.object(secrets, "token_hex", token_hex),
        mock.patch.object(statuses, "_pool", _InLine),
        mock.patch.object(admission, "ThreadPoolExecutor", _InLine),
    ):
        yield


class Start:
    """A campaign that waits for the plan queue: where every case of a course begins."""

    def __init__(self, course: Course) -> None:
        self.course = course
        kernel = Kernel()
        kernel.now = _BEGIN_MS
        cloud = Cloud(stage.PREFIX, kernel)
        with in_world(cloud, kernel, course.name), course.in_force():
            self.business: Business = make_business(kernel)
            add_contacts(self.business, course.recipients, kernel)
            if course.name == "guarded":
                _guard(self.business, cloud, kernel)
            self.campaign_id = _launched(self.business, course, kernel)
        self._keep(cloud, kernel)

    def _keep(self, cloud: Cloud, kernel: Kernel) -> None:
        self.now = kernel.now
        self._tables = cloud.dynamodb.tables
        self._objects = dict(cloud.objects)
        self._messages = list(cloud.queues["plan"].waiting)

    def after(self, cloud: Cloud, kernel: Kernel) -> None:
        """Have the cases begin with a campaign to those whom this start's campaign has reached."""
        with in_world(cloud, kernel, "after"), self.course.in_force():
            self.campaign_id = _scheduled(self.business, self.campaign_id, kernel)
        self._keep(cloud, kernel)

    def cloud(self, kernel: Kernel) -> Cloud:
        """Return a Cloud in this state, and set the kernel's clock to its moment."""
        kernel.now = self.now
        cloud = Cloud(stage.PREFIX, kernel)
        cloud.objects.update(self._objects)
        for name, table in self._tables.items():
            cloud.dynamodb.tables[name] = Table(
                table.keys,
                {key: dict(own) for key, own in table.items.items()},
                {key: list(order) for key, order in table.order.items()},
                set(table.unordered),
            )
        for message in self._messages:
            cloud.queues["plan"].send(message.body, message.group, message.due_ms)
        return cloud


def _launched(business: Business, course: Course, kernel: Kernel) -> str:
    options = {"canary_percent": 40, "canary_wait_s": 60} if course.name == "guarded" else {}
    campaign = business.draft(kernel, **options)
    drafts.launch(business.ctx, campaign.id)
    return campaign.id


def _guard(business: Business, cloud: Cloud, kernel: Kernel) -> None:
    """Have every rule apply: one of five people was written to of late, two are asleep."""
    business.template.category = "MARKETING"
    business.template.save()
    business.number.update(actions=[NumberRow.messaging_limit.set("TIER_50")])
    now_ms = kernel.now_ms()
    count_started(f"waba-{business.number.waba_id}", 48, now_ms - 24 * HOUR_MS)
    rules.set_rules(
        business.ctx,
        rules.CampaignRules(
            frequency_cap={"messages": 1, "days": 7},
            quiet_hours={"start": "00:50", "end": "00:58"},  # California, where the phones are
        ),
    )
    people = cloud.dynamodb.tables[ContactRow.Meta.table_name].items[business.ctx.tenant_id]
    for n, contact_id in enumerate(sorted(people)):
        if n % 2 == 0:
            fields = json.loads(people[contact_id]["fields"]["S"]) | {"time_zone": "UTC"}
            people[contact_id]["fields"] = {"S": json.dumps(fields)}
        if n == 1:
            people[contact_id]["marketing_sent"] = {"L": [{"S": f"{now_ms - 1}:cmp_other"}]}


def _scheduled(business: Business, earlier_id: str, kernel: Kernel) -> str:
    readers = {"type": "outcome", "campaign_id": earlier_id, "outcome": "read"}
    audience = {"type": "several", "of": [readers, {"type": "tag", "tag": _TAG}]}
    campaign = business.draft(kernel, audience_filter=audience)
    now = datetime.fromtimestamp(kernel.now_ms() / 1000, UTC)
    at = f"{now + timedelta(minutes=2):%Y-%m-%dT%H:%M}"
    schedules.schedule(business.ctx, campaign.id, CampaignSchedule(at=at, time_zone="UTC"))
    return campaign.id
