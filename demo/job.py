"""The main job over the API: sign in, connect, import, template, campaign, reply, report.

Each step looks for what an earlier run has left and goes on from there, so that the job may be
interrupted anywhere. From the moment a campaign may be launched its id is on disk: a later run
finishes that one and never launches a second beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.client import Api, ApiError
from demo.mailbox import Mailbox, NoMail
from demo.marker import Marker
from demo.progress import Display
from demo.report import Facts
from demo.sandbox import Sandbox
from demo.shapes import Campaign, Conversation, Number, Template

TEMPLATE = {
    "name": "order_on_its_way",
    "language": "en_US",
    "category": "UTILITY",
    "header": {"text": "Your order is on its way"},
    "body": "Hello {{1}}, your order {{2}} has left our shop. Shall we leave it at your door?",
    "body_examples": ["Amara", "A-1042"],
    "footer": "Parley Demo Shop",
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Yes, please"},
        {"type": "QUICK_REPLY", "text": "I will be at home"},
    ],
}
VARIABLES = {
    "body.1": {"field": "name", "fallback": "there"},
    "body.2": {"field": "order_id", "fallback": "of this week"},
}
CAMPAIGN_NAME = "Your order is on its way"
REPLY = "Thank you! We have told the driver."

_ROWS_SHOWN = 12
_POLL_S = 0.5
_IMPORT_S = 300.0
_REVIEW_S = 120.0
# SQS gives a dead sender's chunk to another only after its visibility timeout of 6 minutes.
_STALLED_S = 900.0
_QUIET_S = 120.0
_ANSWER_S = 60.0
_ENDED = frozenset({"completed", "cancelled", "failed"})
_SENT = ("accepted", "held", "sent", "delivered", "read", "failed", "unknown")


class JobError(Exception):
    """The job cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the job.

    `stack` is what `stack.json` holds. `check` raises if the stack cannot go on; it is called in
    every wait. Every step raises JobError, ApiError or Unreachable.
    """

    api: Api
    sandbox: Sandbox
    stack: Mapping[str, str]
    csv: Path
    marker: Marker
    display: Display
    check: Callable[[], None]

    def run(self) -> Facts:
        """Do the job, or finish the one that was begun, and return what both sides say of it."""
        self._sign_in()
        campaign = self._begun()
        if campaign is not None and campaign["state"] in _ENDED:
            self.display.step("This campaign was sent before; nothing is sent again")
            return self._facts(campaign["id"])
        if campaign is None:
            number = self._connect()
            self._import()
            template = self._template(number)
            campaign = self._create(number, template)
        self._launch(campaign)
        self._watch(campaign["id"])
        self._settle(campaign["id"])
        self._answer(campaign["id"])
        return self._facts(campaign["id"])

    def _sign_in(self) -> None:
        email = self.stack["email"]
        if self.api.sign_in(email, self.stack["password"]):
            self.display.step(f"Signed in as {email}")
            return
        mailbox = Mailbox(Path(self.stack["mail_dir"]), email)
        self.api.register("Parley Demo Shop", "Dana Demo", "US")
        try:
            token = mailbox.registration_token()
        except NoMail as error:
            message = f"{error} If {email} is not this demo's, `make clean` starts anew."
            raise JobError(message) from error
        self.api.confirm(token)
        self.display.step(f"Registered a business, signed in as {email}")

    def _begun(self) -> Campaign | None:
        campaign_id = self.marker.read()
        if campaign_id is None:
            return None
        try:
            campaign = self.api.get_campaign(campaign_id)
        except ApiError as error:
            if error.status != 404:
                raise
            self.display.step(f"Campaign {campaign_id} is gone with its data; beginning another")
            self.marker.clear()
            return None
        if campaign["state"] not in _ENDED:
            self.display.step(f"Going on with campaign {campaign_id}, which is {campaign['state']}")
        return campaign

    def _connect(self) -> Number:
        wanted = self.stack["phone_number_id"]
        number = next((n for n in self.api.numbers() if n["phone_number_id"] == wanted), None)
        if number is None:
            token = self.stack["access_token"]
            number = self.api.connect_number(wanted, self.stack["waba_id"], token)
        self.display.step(
            f"Connected {number['display_phone_number']} ({number['verified_name']}), "
            f"{number['messages_per_s']} messages a second"
        )
        return number

    def _import(self) -> None:
        self.display.step(f"Importing {self.csv.name}")
        job = self.api.start_import(self.csv.read_bytes())
        end = time.monotonic() + _IMPORT_S
        with self.display.bars(("rows",)) as bars:
            while job["state"] not in {"completed", "failed"}:
                self._pause(end, f"The import of {self.csv.name} is not done after {_IMPORT_S:g} s")
                job = self.api.get_import(job["id"])
                bars.show({"rows": job["rows_done"]}, job["rows_total"])
        if job["state"] == "failed":
            raise JobError(f"The import failed: {job['error']}")
        outcomes = ("created", "updated", "duplicate", "invalid")
        counts: Mapping[str, Any] = job
        self.display.detail(" · ".join(f"{counts[name]:,} {name}" for name in outcomes))
        invalid = self.api.import_rows(job["id"], "invalid")
        for row in invalid[:_ROWS_SHOWN]:
            self.display.detail(f"  row {row['row']:>5,}: {row['reason']}")
        if len(invalid) > _ROWS_SHOWN:
            self.display.detail(f"  … and {len(invalid) - _ROWS_SHOWN:,} more")

    def _template(self, number: Number) -> Template:
        name = str(TEMPLATE["name"])
        template = next((t for t in self.api.templates() if t["name"] == name), None)
        if template is None:
            template = self.api.create_template({**TEMPLATE, "number_id": number["id"]})
        self.display.step(f"Template {name}: waiting for WhatsApp's review")
        end = time.monotonic() + _REVIEW_S
        while template["status"] == "PENDING":
            self._pause(end, f"WhatsApp has not reviewed {name} within {_REVIEW_S:g} s")
            template = self.api.get_template(template["id"])
        if template["status"] != "APPROVED":
            reason = template["rejected_reason"] or "no reason given"
            raise JobError(f"The template {name} is {template['status']}: {reason}")
        self.display.detail("approved")
        return template

    def _create(self, number: Number, template: Template) -> Campaign:
        campaign = self.api.create_campaign(
            {
                "name": CAMPAIGN_NAME,
                "number_id": number["id"],
                "template_id": template["id"],
                "audience": {"type": "all"},
                "variables": {name: VARIABLES[name] for name in template["variables"]},
            }
        )
        self.marker.write(campaign["id"])
        return campaign

    def _launch(self, campaign: Campaign) -> None:
        action = {"draft": "launch", "paused": "resume"}.get(campaign["state"])
        if action is None:
            return
        self.display.step(f"Campaign “{campaign['name']}” to everybody: {action}")
        self.api.change_campaign(campaign["id"], action)

    def _watch(self, campaign_id: str) -> None:
        """Show the campaign until it has ended."""
        before: dict[str, int] = {}
        end = time.monotonic() + _STALLED_S
        with self.display.bars(("handed over", "delivered", "read")) as bars:
            while True:
                campaign = self.api.get_campaign(campaign_id)
                states = campaign["states"]
                if campaign["audience"]:
                    total = campaign["audience"] - states.get("skipped", 0)
                    bars.show(_progress(states), total)
                if campaign["state"] in _ENDED:
                    break
                if campaign["state"] == "paused":
                    raise JobError(
                        f"Parley paused the campaign: {campaign['state_reason']} "
                        "Running this again resumes it."
                    )
                if states != before:
                    before, end = states, time.monotonic() + _STALLED_S
                self._pause(end, f"Nothing has happened for {_STALLED_S / 60:g} minutes: {states}")
        if campaign["state"] != "completed":
            self.marker.clear()
            raise JobError(f"The campaign is {campaign['state']}: {campaign['state_reason']}")

    def _settle(self, campaign_id: str) -> None:
        """Return when the sandbox has told everything that it will tell."""
        self.display.step("All sent; waiting for the last webhooks")
        end = time.monotonic() + _QUIET_S
        while True:
            counts = self.sandbox.counts(_prefix(campaign_id))
            if not counts["pending_events"] and not counts["pending_webhooks"]:
                return
            self._pause(end, f"The sandbox still has webhooks to deliver after {_QUIET_S:g} s")

    def _answer(self, campaign_id: str) -> None:
        """Reply to the customer who wrote last, and see that it arrives at the phone."""
        if not self.sandbox.counts(_prefix(campaign_id))["answers"]:
            self.display.step("Nobody has answered, so there is nobody to reply to")
            return
        end = time.monotonic() + _ANSWER_S
        customer = self._latest_customer()
        while customer is None:
            self._pause(end, f"No answer has reached the inbox within {_ANSWER_S:g} s")
            customer = self._latest_customer()
        name = customer["contact_name"] or customer["contact_phone"]
        self.display.step(f"{name} answered: “{customer['last_message']}”")
        self.api.reply(customer["contact_id"], REPLY)
        phone = (customer["contact_phone"] or "").lstrip("+")
        while not self.sandbox.has_received(phone, REPLY):
            self._pause(end, "The reply has not reached the customer's phone")
        self.display.detail(f"replied: “{REPLY}”, and it is on their phone")

    def _latest_customer(self) -> Conversation | None:
        threads = self.api.latest_conversations()
        return next((c for c in threads if c["last_direction"] == "in"), None)

    def _facts(self, campaign_id: str) -> Facts:
        self.display.step(
            "Recounting the ledger from its rows, and asking the sandbox for its own count"
        )
        report = self.api.reconcile(campaign_id)
        prefix = _prefix(campaign_id)
        return Facts(
            report=report,
            recipients=self.api.recipients(campaign_id),
            counts=self.sandbox.counts(prefix),
            accepted=self.sandbox.accepted(prefix),
            completed_at=self.api.get_campaign(campaign_id)["completed_at"],
        )

    def _pause(self, end: float, message: str) -> None:
        """Wait a moment; raise JobError with `message` once it is later than `end`."""
        self.check()
        if time.monotonic() > end:
            raise JobError(
                f"{message}. The logs are in .local/logs; running this again goes on from here."
            )
        time.sleep(_POLL_S)


def _prefix(campaign_id: str) -> str:
    """Return how the callback data of a campaign's messages begins."""
    return f"p1.{campaign_id}."


def _progress(states: Mapping[str, int]) -> dict[str, int]:
    """Return how many have got how far; who has read was delivered, too.

    A status may be counted before the sender has counted its chunk, so each takes in the next.
    """
    read = states.get("read", 0)
    delivered = states.get("delivered", 0) + read
    handed_over = max(delivered, sum(states.get(state, 0) for state in _SENT))
    return {"handed over": handed_over, "delivered": delivered, "read": read}
