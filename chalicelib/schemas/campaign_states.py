"""The states of campaigns and of their messages, as the API names them."""

from __future__ import annotations

from typing import Literal

MessageState = Literal[
    "queued",
    "skipped",
    "claimed",
    "accepted",
    "held",
    "sent",
    "delivered",
    "read",
    "failed",
    "unknown",
]
CampaignState = Literal[
    "draft",
    "scheduled",
    "planning",
    "running",
    "paused",
    "settling",
    "completed",
    "cancelled",
    "failed",
]
