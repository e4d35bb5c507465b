"""The settings of every Parley process, read once from the environment; nothing else reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_GRAPH_URL = "https://graph.facebook.com"
# Where Meta answers a few calls without a version; whatever stands in for Meta answers both.
_API_URL = "https://api.facebook.com"


class SettingsError(Exception):
    """A setting is missing or has a value that cannot be used."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settings:
    """All settings; a plain dataclass because a worker should not pay for importing pydantic.

    Neither compared nor shown, for each cold start would pay for that too; and it holds a secret.
    """

    stage: str
    region: str
    table_prefix: str
    bucket: str
    plan_queue_url: str
    plan_queue_arn: str
    plan_dead_letters_arn: str
    schedule_group: str
    schedule_role_arn: str
    send_queue_url: str
    inbound_queue_url: str
    imports_queue_url: str
    media_queue_url: str
    mail_queue_url: str
    tenant_queue_url: str
    tenant_queue_arn: str
    tenant_dead_letters_arn: str
    deletion_grace_days: int
    mail_from: str
    app_url: str
    media_days: int
    kms_key_id: str
    secret_id: str
    graph_url: str
    graph_version: str
    meta_config_id: str
    graph_appsecret_proof: bool
    api_url: str
    web_origins: tuple[str, ...]
    edge_secret: str
    requests_per_address: int
    requests_per_user: int
    requests_per_tenant: int
    default_plan: str
    settle_interval_s: int
    settle_timeout_s: int
    unknown_after_s: int
    log_level: str
    version: str
    blueprint: str


def read_settings(env: Mapping[str, str]) -> Settings:
    """Return the settings in `env`; raise SettingsError naming the variable that is wrong."""

    def whole(name: str, default: int) -> int:
        text = env.get(name, "")
        if not text:
            return default
        if not text.isdecimal():
            message = f"{name} must be a whole number, not {text!r}"
            raise SettingsError(message)
        return int(text)

    stage = env.get("STAGE", "local")
    graph_url = (env.get("GRAPH_URL") or _GRAPH_URL).rstrip("/")
    return Settings(
        stage=stage,
        region=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
        table_prefix=env.get("TABLE_PREFIX") or f"parley-{stage}-",
        bucket=env.get("BUCKET") or f"parley-{stage}",
        plan_queue_url=env.get("PLAN_QUEUE_URL", ""),
        plan_queue_arn=env.get("PLAN_QUEUE_ARN", ""),
        plan_dead_letters_arn=env.get("PLAN_DEAD_LETTERS_ARN", ""),
        schedule_group=env.get("SCHEDULE_GROUP") or f"parley-{stage}",
        schedule_role_arn=env.get("SCHEDULE_ROLE_ARN", ""),
        send_queue_url=env.get("SEND_QUEUE_URL", ""),
        inbound_queue_url=env.get("INBOUND_QUEUE_URL", ""),
        imports_queue_url=env.get("IMPORTS_QUEUE_URL", ""),
        media_queue_url=env.get("MEDIA_QUEUE_URL", ""),
        mail_queue_url=env.get("MAIL_QUEUE_URL", ""),
        tenant_queue_url=env.get("TENANT_QUEUE_URL", ""),
        tenant_queue_arn=env.get("TENANT_QUEUE_ARN", ""),
        tenant_dead_letters_arn=env.get("TENANT_DEAD_LETTERS_ARN", ""),
        deletion_grace_days=whole("DELETION_GRACE_DAYS", 14),
        mail_from=env.get("MAIL_FROM", ""),
        app_url=env.get("APP_URL", "").rstrip("/"),
        media_days=whole("MEDIA_DAYS", 365),
        kms_key_id=env.get("KMS_KEY_ID") or f"alias/parley-{stage}",
        secret_id=env.get("SECRET_ID") or f"parley-{stage}",
        graph_url=graph_url,
        graph_version=env.get("GRAPH_VERSION") or "v26.0",
        meta_config_id=env.get("META_CONFIG_ID", ""),
        graph_appsecret_proof=env.get("GRAPH_APPSECRET_PROOF", "").lower() == "true",
        api_url=_API_URL if graph_url == _GRAPH_URL else graph_url,
        web_origins=tuple(o.strip() for o in env.get("WEB_ORIGIN", "").split(",") if o.strip()),
        edge_secret=env.get("EDGE_SECRET", ""),
        requests_per_address=whole("REQUESTS_PER_ADDRESS", 600),
        requests_per_user=whole("REQUESTS_PER_USER", 1_200),
        requests_per_tenant=whole("REQUESTS_PER_TENANT", 12_000),
        default_plan=env.get("DEFAULT_PLAN") or "business",
        settle_interval_s=whole("SETTLE_INTERVAL_S", 60),
        settle_timeout_s=whole("SETTLE_TIMEOUT_S", 86_400),
        unknown_after_s=whole("UNKNOWN_AFTER_S", 300),
        log_level=env.get("LOG_LEVEL") or "INFO",
        version=env.get("VERSION") or "dev",
        blueprint=env.get("BLUEPRINT", ""),
    )


@cache
def settings() -> Settings:
    """Return this process's settings; tests call `settings.cache_clear()` after changing them."""
    return read_settings(os.environ)
