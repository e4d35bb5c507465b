"""Who exists in every local stack: the sandbox's Meta app and number, and the demo's login.

None of these is a secret: they only open a sandbox that listens on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EMAIL = "demo@parley.example"
PASSWORD = "parley-demo-2026"  # noqa: S105 - a published login  # pragma: allowlist secret
WEBHOOK_FIELDS = (
    "messages",
    "message_template_status_update",
    "phone_number_quality_update",
    "account_update",
)


@dataclass(frozen=True, slots=True)
class MetaApp:
    """The one Meta app of the platform and the number that the demo connects, in Meta's shapes."""

    app_id: str
    app_secret: str
    verify_token: str
    access_token: str
    waba_id: str
    phone_number_id: str
    display_phone_number: str

    def sandbox_environment(self) -> dict[str, str]:
        """Return the variables that make the sandbox have this app and number."""
        return {
            "SANDBOX_APP_ID": self.app_id,
            "SANDBOX_APP_SECRET": self.app_secret,
            "SANDBOX_ACCESS_TOKEN": self.access_token,
            "SANDBOX_WABA_ID": self.waba_id,
            "SANDBOX_PHONE_NUMBER_ID": self.phone_number_id,
            "SANDBOX_DISPLAY_PHONE_NUMBER": self.display_phone_number,
        }


def read_meta_app(env: Mapping[str, str]) -> MetaApp:
    """Return the app of the local stack; the sandbox's own variables in `env` change it."""
    return MetaApp(
        app_id=env.get("SANDBOX_APP_ID") or "100000000000001",
        app_secret=env.get("SANDBOX_APP_SECRET") or "5a4db0c0ffee4a5e8b1d00c0ffee5a4d",
        verify_token=env.get("META_VERIFY_TOKEN") or "parley-local-verify-token",
        access_token=env.get("SANDBOX_ACCESS_TOKEN") or "EAAParleySandboxSystemUserToken0001",
        waba_id=env.get("SANDBOX_WABA_ID") or "200000000000001",
        phone_number_id=env.get("SANDBOX_PHONE_NUMBER_ID") or "300000000000001",
        display_phone_number=env.get("SANDBOX_DISPLAY_PHONE_NUMBER") or "+1 555 010 0001",
    )
