"""What the simulated Meta knows, in plain values, so that the world can be written as JSON."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

STANDARD, HIGH = "STANDARD", "HIGH"
# The status of an accepted message that pacing holds back.
HELD = "held"
# Unique people that a portfolio may write to outside a window in 24 hours; 0 is without limit.
TIERS = {
    "TIER_250": 250,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": 0,
}
TEMPLATE_STATUSES = ("PENDING", "APPROVED", "REJECTED", "PAUSED", "DISABLED")


@dataclass(slots=True)
class App:
    """The Meta app: its secret signs every webhook; its callback is the last resort for them."""

    id: str
    secret: str
    name: str = "Sandbox App"
    callback_url: str = ""
    verify_token: str = ""
    fields: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Business:
    """A business portfolio. `reached` are the people counted against its messaging limit, each
    with the time of the last message, oldest first; `delivered` those who count for leaving
    TIER_250.
    """

    id: str
    messaging_limit: str = "TIER_UNLIMITED"
    is_growing: bool = False
    reached: OrderedDict[str, float] = field(default_factory=OrderedDict)
    delivered: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        """Put what was saved as JSON objects back in order."""
        self.reached, self.delivered = OrderedDict(self.reached), OrderedDict(self.delivered)


@dataclass(slots=True)
class Person:
    """What is special about a person; most people need none of it.

    `hides_phone` leaves the phone number out of every webhook (a username user), `stopped` are the
    businesses whose marketing they stopped, `moved_to` is the number that they have now.
    """

    wa_id: str
    name: str = ""
    username: str = ""
    hides_phone: bool = False
    user_id_changes: int = 0
    stopped: list[str] = field(default_factory=list)
    moved_to: str = ""


@dataclass(slots=True)
class Waba:
    """A WhatsApp Business Account."""

    id: str
    name: str
    business_id: str
    currency: str = "USD"
    timezone_id: str = "1"
    country: str = "US"
    subscribed: bool = False
    override_url: str = ""
    override_token: str = ""
    review_status: str = "APPROVED"
    ban_state: str = ""
    has_payment_method: bool = True
    restrictions: dict[str, float] = field(default_factory=dict)
    auth_international: Json = field(default_factory=dict)
    business_verification_status: str = "verified"
    is_enabled_for_insights: bool = False
    marketing_messages_onboarding_status: str = "ONBOARDED"
    disable_marketing_messages_on_cloud_api: bool = False
    template_creations: list[float] = field(default_factory=list)
    blocked_names: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Number:
    """A business phone number. `throughput` is STANDARD or HIGH; coexistence numbers are slower."""

    id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    throughput: str = STANDARD
    quality_rating: str = "GREEN"
    is_on_biz_app: bool = False
    status: str = "CONNECTED"
    pin: str = ""
    override_url: str = ""
    override_token: str = ""
    profile: Json = field(default_factory=dict)
    name_status: str = "APPROVED"
    code_verification_status: str = "VERIFIED"
    verification_code: str = ""
    registrations: list[float] = field(default_factory=list)
    onboarded_at: float = 0.0
    synced: list[str] = field(default_factory=list)
    maintenance_until: float = 0.0
    accepted: int = 0
    peak_in_1s: int = 0

    @property
    def digits(self) -> str:
        """The number as webhooks write it: digits alone."""
        return "".join(c for c in self.display_phone_number if c.isdigit())

    @property
    def messages_per_second(self) -> int:
        """Meta's limit for this number, messages sent and received together."""
        if self.is_on_biz_app:
            return 20
        return 1000 if self.throughput == HIGH else 80


@dataclass(slots=True)
class Token:
    """A business token and the accounts it reaches. `expires_at` 0 means never."""

    value: str
    waba_ids: list[str]
    issued_at: float = 0.0
    expires_at: float = 0.0
    is_revoked: bool = False


@dataclass(slots=True)
class Code:
    """A code of Embedded Signup: single use, 30 seconds."""

    value: str
    token: str
    expires_at: float


@dataclass(slots=True)
class Template:
    """A message template in one language."""

    id: str
    waba_id: str
    name: str
    language: str
    category: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    rejected_reason: str = "NONE"
    quality_score: str = "UNKNOWN"
    previous_category: str = ""
    message_send_ttl_seconds: int | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    edits: list[float] = field(default_factory=list)
    pauses: int = 0
    pacing: str = ""
    paced: int = 0
    correct_category: str = ""
    source: str = ""
    library_template_name: str = ""
    cta_url_link_tracking_opted_out: bool = False
    optimization_spec: Json = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """An accepted message to a person: one row of the sandbox's own log.

    `content` is JSON text of the member named by `type`: half the memory of the parsed form.
    """

    id: str
    phone_number_id: str
    wa_id: str
    nth: int
    type: str
    content: str
    accepted_at: float
    category: str
    status: str = "accepted"
    callback_data: str = ""
    template_id: str = ""
    context_id: str = ""
    in_window: bool = False
    price_type: str = "regular"
    price_category: str = ""
    priced_delivery: bool = False
    error_code: int = 0
    error_details: str = ""
    stamps: dict[str, float] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        """Whether it costs nothing."""
        return self.price_type != "regular"


@dataclass(slots=True)
class Inbound:
    """A message from a person to a business. `answers` is the id of the message that it answers,
    `extra` JSON text of members beside the one that `type` names, such as a referral.
    """

    id: str
    phone_number_id: str
    wa_id: str
    type: str
    content: str
    at: float
    context_id: str = ""
    extra: str = ""
    answers: str = ""
    read: bool = False


@dataclass(slots=True)
class Conversation:
    """One person and one business number. `pair_full_at` is the pair limit's whole state;
    `referral_at` a click on an ad that waits for its answer, `free_until` the end of the free entry
    point that the answer opened.
    """

    phone_number_id: str
    wa_id: str
    attempts: int = 0
    accepted: int = 0
    received: int = 0
    last_inbound_at: float = 0.0
    last_at: float = 0.0
    pair_full_at: float = 0.0
    referral_at: float = 0.0
    free_until: float = 0.0
    message_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Media:
    """A file, uploaded or `received` from a person; `content` is base64, to be saved as JSON."""

    id: str
    phone_number_id: str
    mime_type: str
    sha256: str
    file_size: int
    content: str
    uploaded_at: float
    received: bool = False


@dataclass(slots=True)
class Event:
    """Something that is going to happen: `kind` names the handler, `ref` and `arg` what it is
    about.
    """

    due: float
    kind: str
    ref: str
    arg: str = ""


@dataclass(slots=True)
class Update:
    """One thing to tell a subscriber: a status, an inbound message, or an account-level value.

    `entry_id` stands in the entry in place of the WABA: the portfolio, for partner events.
    """

    due: float
    field: str
    waba_id: str
    phone_number_id: str
    part: str
    body: Json
    contact: Json | None = None
    at: float = 0.0
    entry_id: str = ""


@dataclass(slots=True)
class Delivery:
    """One webhook POST, kept until it is answered with 200. `body` is the exact text that was
    signed.
    """

    id: int
    url: str
    body: str
    updates: int
    attempts: int = 0
    status: str = ""
    first_at: float = 0.0
    last_at: float = 0.0
