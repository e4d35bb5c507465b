"""The simulated world's memory: every account, template, message and counter, with its indexes.

Only this module adds to or removes from the collections, which is what keeps the indexes true.
"""

from collections import Counter

from . import ids
from .assets import Flow, NumberAssets
from .model import (
    HELD,
    App,
    Business,
    Code,
    Conversation,
    Inbound,
    Json,
    Media,
    Message,
    Number,
    Person,
    Template,
    Token,
    Waba,
)
from .rules.people import country_of, name_of
from .settings import Fixture

_FIRST = {
    "waba": 200000000000001,
    "phone_number": 300000000000001,
    "business": 400000000000001,
    "flow": 500000000000001,
    "media": 600000000000001,
    "template": 700000000000001,
    "upload": 1,
}


class World:
    """Everything that is saved and restored. `salt` keeps ids unique across worlds."""

    def __init__(self, fixture: Fixture, started_at: float) -> None:
        self.fixture = fixture
        self.started_at = started_at
        self.salt = f"{started_at:.6f}"
        self.app = App(id=fixture.app_id, secret=fixture.app_secret)
        self.businesses: dict[str, Business] = {}
        self.wabas: dict[str, Waba] = {}
        self.numbers: dict[str, Number] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.templates: dict[str, Template] = {}
        self.messages: dict[str, Message] = {}
        self.inbound: dict[str, Inbound] = {}
        self.media: dict[str, Media] = {}
        self.uploads: dict[str, Json] = {}
        self.flows: dict[str, Flow] = {}
        self.assets: dict[str, NumberAssets] = {}
        self.conversations: dict[str, Conversation] = {}
        self.users: dict[str, str] = {}
        self.people: dict[str, Person] = {}
        self.marketing: dict[str, list[float]] = {}
        self.held: dict[str, list[str]] = {}
        self.serials: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.counters: Counter[str] = Counter()
        self._translations: dict[tuple[str, str, str], Template] = {}
        self._of_person: dict[str, list[Conversation]] = {}
        self._set_fixture()

    def start_over(self, at: float) -> None:
        """Return to the fixture alone, as a world that begins `at`."""
        vars(self).update(vars(World(self.fixture, at)))

    def _set_fixture(self) -> None:
        """Add the accounts that exist at the start."""
        fixture = self.fixture
        self.businesses[fixture.business_id] = Business(
            fixture.business_id, fixture.messaging_limit
        )
        self.add_waba(Waba(fixture.waba_id, "Sandbox Business", fixture.business_id))
        self.add_number(
            Number(
                fixture.phone_number_id,
                fixture.waba_id,
                fixture.display_phone_number,
                "Sandbox Business",
                fixture.throughput,
            )
        )
        self.add_token(Token(fixture.access_token, [fixture.waba_id], self.started_at))

    def serial(self, kind: str) -> int:
        """Return the next number of `kind`, from 1."""
        self.serials[kind] += 1
        return self.serials[kind]

    def new_id(self, kind: str) -> str:
        """Return an unused object id of `kind`, in the range that its first digit tells."""
        while True:
            candidate = str(_FIRST[kind] + self.serial(kind) - 1)
            businesses = {waba.business_id for waba in self.wabas.values()}
            if not any(candidate in taken for taken in (self.wabas, self.numbers, businesses)):
                return candidate

    def trace(self) -> str:
        """Return a new fbtrace_id."""
        return ids.fbtrace_id(self.salt, self.serial("trace"))

    def add_waba(self, waba: Waba) -> None:
        """Add or replace an account; its business is made if there is none."""
        self.wabas[waba.id] = waba
        self.businesses.setdefault(waba.business_id, Business(waba.business_id))

    def add_number(self, number: Number) -> None:
        """Add or replace a phone number; its WABA must exist."""
        self.numbers[number.id] = number

    def add_token(self, token: Token) -> None:
        """Add or replace a token."""
        self.tokens[token.value] = token

    def add_template(self, template: Template) -> None:
        """Add a template under its id and its (WABA, name, language)."""
        self.templates[template.id] = template
        self._translations[template.waba_id, template.name, template.language] = template

    def direct_send_template(self, waba_id: str, category: str, kind: str, at: float) -> Template:
        """Return the hidden template of Direct Send for a category and type, made if need be."""
        name = f"direct_send_{category.lower()}_{kind}"
        found = self.translation(waba_id, name, "en_US")
        if found is None:
            body = {"type": "BODY", "text": f"Direct Send {kind}"}
            found = Template(
                self.new_id("template"), waba_id, name, "en_US", category, [body],
                status="APPROVED", source="AUTO_GENERATED", created_at=at, updated_at=at,
            )  # fmt: skip
            self.add_template(found)
        return found

    def remove_template(self, template: Template) -> None:
        """Remove a template."""
        del self.templates[template.id]
        del self._translations[template.waba_id, template.name, template.language]

    def translation(self, waba_id: str, name: str, language: str) -> Template | None:
        """Return the template of that name in exactly that language."""
        return self._translations.get((waba_id, name, language))

    def templates_of(self, waba_id: str, name: str = "") -> list[Template]:
        """Return the templates of an account in the order of creation, all or those of a name."""
        found = (t for t in self.templates.values() if t.waba_id == waba_id)
        return [t for t in found if not name or t.name == name]

    def numbers_of(self, waba_id: str) -> list[Number]:
        """Return an account's numbers in the order of adding."""
        return [n for n in self.numbers.values() if n.waba_id == waba_id]

    def assets_of(self, phone_number_id: str) -> NumberAssets:
        """Return what a number has set up, empty at first."""
        found = self.assets.get(phone_number_id)
        if found is None:
            found = self.assets[phone_number_id] = NumberAssets(phone_number_id)
        return found

    def business_of(self, phone_number_id: str) -> Business:
        """Return the portfolio that owns a number."""
        return self.businesses[self.wabas[self.numbers[phone_number_id].waba_id].business_id]

    def person(self, wa_id: str) -> Person:
        """Return what is special about a person, to be changed."""
        return self.people.setdefault(wa_id, Person(wa_id))

    def name_of(self, wa_id: str) -> str:
        """Return a person's profile name."""
        person = self.people.get(wa_id)
        return (person.name if person else "") or name_of(wa_id)

    def conversation(self, phone_number_id: str, wa_id: str) -> Conversation:
        """Return the conversation of a number with a person, made if there was none."""
        key = f"{phone_number_id}:{wa_id}"
        found = self.conversations.get(key)
        if found is None:
            found = Conversation(phone_number_id, wa_id)
            self.restore_conversation(found)
        return found

    def restore_conversation(self, conversation: Conversation) -> None:
        """Add a conversation with its indexes."""
        key = f"{conversation.phone_number_id}:{conversation.wa_id}"
        self.conversations[key] = conversation
        self._of_person.setdefault(conversation.wa_id, []).append(conversation)
        business = self.wabas[self.numbers[conversation.phone_number_id].waba_id].business_id
        self.users[self.user_id(business, conversation.wa_id)] = conversation.wa_id

    def conversations_of(self, wa_id: str) -> list[Conversation]:
        """Return a person's conversations, in the order in which they began."""
        return self._of_person.get(wa_id, [])

    def user_id(self, business_id: str, wa_id: str) -> str:
        """Return the person's BSUID for a business portfolio."""
        person = self.people.get(wa_id)
        changes = f"|{person.user_id_changes}" if person and person.user_id_changes else ""
        return ids.user_id(country_of(wa_id), business_id, wa_id + changes)

    def user_id_for(self, phone_number_id: str, wa_id: str) -> str:
        """Return the person's BSUID for the portfolio that owns a number."""
        waba = self.wabas[self.numbers[phone_number_id].waba_id]
        return self.user_id(waba.business_id, wa_id)

    def add_message(self, message: Message) -> None:
        """Add an accepted message to the log and to its conversation."""
        self.messages[message.id] = message
        conversation = self.conversation(message.phone_number_id, message.wa_id)
        conversation.message_ids.append(message.id)
        conversation.last_at = message.accepted_at

    def time_of(self, message: Message | Inbound) -> float:
        """Return when a message was sent or received."""
        return message.at if isinstance(message, Inbound) else message.accepted_at

    def find_held(self) -> None:
        """Rebuild the index of held messages."""
        self.held.clear()
        for message in self.messages.values():
            if message.status == HELD:
                self.held.setdefault(message.template_id, []).append(message.id)

    def add_inbound(self, message: Inbound) -> None:
        """Add a person's message; it opens the 24-hour window."""
        self.inbound[message.id] = message
        conversation = self.conversation(message.phone_number_id, message.wa_id)
        conversation.message_ids.append(message.id)
        conversation.last_at = conversation.last_inbound_at = message.at

    def forget_conversations(self) -> None:
        """Remove conversations with their indexes."""
        self.conversations.clear()
        self._of_person.clear()
        self.users.clear()
        self.marketing.clear()
        self.held.clear()

    def forget_traffic(self) -> None:
        """Remove messages, conversations and counters; accounts, templates, media and what is
        special about people stay.

        The salt changes, so that no message of the time after has an id of the time before.
        """
        self.salt = f"{self.started_at:.6f}.{self.serial('reset')}"
        self.messages.clear()
        self.inbound.clear()
        self.refused.clear()
        self.counters.clear()
        self.forget_conversations()
        for number in self.numbers.values():
            number.accepted = number.peak_in_1s = 0
        for template in self.templates.values():
            template.pacing, template.paced = "", 0
        for business in self.businesses.values():
            business.reached.clear()
            business.delivered.clear()
