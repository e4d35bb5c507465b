"""What a business sets up beside its numbers and templates: flows, and a number's settings."""

from dataclasses import dataclass, field

from .model import Json


@dataclass(slots=True)
class Flow:
    """A form of several screens. `sent` are the times at which a throttled one was sent."""

    id: str
    waba_id: str
    name: str
    categories: list[str]
    status: str = "DRAFT"
    flow_json: str = ""
    endpoint_uri: str = ""
    updated_at: float = 0.0
    sent: list[float] = field(default_factory=list)


@dataclass(slots=True)
class NumberAssets:
    """What one number has set up; `id` is the number's. `blocked` maps wa_id to the input."""

    id: str
    commerce: Json = field(
        default_factory=lambda: {"is_cart_enabled": True, "is_catalog_visible": False}
    )
    automation: Json = field(default_factory=dict)
    settings: Json = field(default_factory=dict)
    compliance: Json = field(default_factory=dict)
    public_key: str = ""
    username: str = ""
    qr_codes: dict[str, Json] = field(default_factory=dict)
    blocked: dict[str, Json] = field(default_factory=dict)

    @property
    def checks_identity(self) -> bool:
        """Tell whether webhooks of the number carry people's identity key hashes."""
        change = self.settings.get("user_identity_change", {})
        return bool(change.get("enable_identity_key_check"))
