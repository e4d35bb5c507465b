"""Lambda entry points: a blueprint for each resource of the API, the webhook, the queue consumers.

They are thin: a declaration, then one call of a service.
"""

from __future__ import annotations

BLUEPRINTS = (
    "meta",
    "auth",
    "users",
    "tenants",
    "api_keys",
    "accounts",
    "numbers",
    "number_features",
    "contacts",
    "segments",
    "imports",
    "exports",
    "templates",
    "template_edits",
    "campaigns",
    "campaign_runs",
    "dry_runs",
    "campaign_tests",
    "campaign_reports",
    "schedules",
    "campaign_rules",
    "conversations",
    "messages",
    "media",
    "analytics",
    "audit",
    "deletion",
)
