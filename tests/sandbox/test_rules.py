"""The rules by themselves, under properties."""

import pytest
from hypothesis import given, strategies as st

from sandbox.chance import draw
from sandbox.errors import GraphError
from sandbox.model import Conversation, Json, Template
from sandbox.rules.fate import fate
from sandbox.rules.limits import SlidingSecond, pair_allows, pair_take
from sandbox.rules.people import answer_of, country_of, name_of
from sandbox.rules.phone import to_wa_id
from sandbox.rules.review import verdict
from sandbox.rules.template_shape import hydrate, variables
from sandbox.settings import Behaviour

GAPS = st.lists(st.floats(0, 0.4), max_size=200)


@given(GAPS, st.integers(1, 20))
def test_no_second_holds_more_than_the_limit(gaps: list[float], limit: int) -> None:
    """Whatever the arrivals, no window of one second contains more accepted sends than allowed."""
    rate, now, accepted = SlidingSecond(), 0.0, []
    for gap in gaps:
        now += gap
        if rate.allows(now, limit):
            rate.note(now)
            accepted.append(now)
    for first in accepted:
        assert sum(first <= at < first + 1.0 for at in accepted) <= limit


@given(st.lists(st.floats(0, 20), max_size=150))
def test_the_pair_limit_is_a_burst_and_a_rate(gaps: list[float]) -> None:
    """In any stretch of time at most 45 and one more per 6 seconds get through."""
    conversation, now, accepted = Conversation("n", "w"), 1000.0, []
    for gap in gaps:
        now += gap
        if pair_allows(conversation, now):
            pair_take(conversation, now)
            accepted.append(now)
    for index, first in enumerate(accepted):
        for count, at in enumerate(accepted[index:], 1):
            assert count <= 45 + (at - first) / 6 + 1e-6


@given(st.text(max_size=30))
def test_a_recipient_is_digits_or_refused(text: str) -> None:
    """Any text is either 7 to 15 digits in the end, stable under repetition, or a GraphError."""
    try:
        wa_id = to_wa_id(text)
    except GraphError:
        return
    assert wa_id.isascii()
    assert wa_id.isdigit()
    assert 7 <= len(wa_id) <= 15
    assert to_wa_id(wa_id) == wa_id


@given(st.integers(10**6, 10**15 - 1).map(str), st.floats(0, 1, exclude_max=True))
def test_everybody_has_a_name_a_country_and_words(wa_id: str, share: float) -> None:
    """No phone number is without a person."""
    assert name_of(wa_id)
    assert len(country_of(wa_id)) == 2
    assert answer_of(wa_id, share)


@given(st.integers(), st.text(max_size=15), st.integers(0, 10**6))
def test_fates_are_in_order(seed: int, wa_id: str, nth: int) -> None:
    """Times never run backwards, and an answer comes after the reading."""
    result = fate(Behaviour(), seed, wa_id, nth, marketing=True, reachable=False)
    times = [after for _, after in result.steps]
    assert times == sorted(times)
    assert result.error_code == 0 or [s for s, _ in result.steps] == ["failed"]
    if result.answer_after is not None:
        assert result.steps[-1] == ("read", times[-1])
        assert result.answer_after > times[-1]


def test_shares_are_kept() -> None:
    """Over many people the shares of the behaviour come out."""
    fates = [
        fate(Behaviour(), 7, f"1555{i:07d}", 1, marketing=True, reachable=False)
        for i in range(20_000)
    ]
    lost = sum(f.error_code == 131026 for f in fates) / len(fates)
    capped = sum(f.error_code == 131049 for f in fates) / len(fates)
    alive = [f for f in fates if not f.error_code]
    read = sum(f.steps[-1][0] == "read" for f in alive) / len(alive)
    answered = sum(f.answer_after is not None for f in alive) / len(alive)
    assert abs(lost - 0.015) < 0.004
    assert abs(capped - 0.005) < 0.003
    assert abs(read - 0.6) < 0.02
    assert abs(answered - 0.04) < 0.007


def test_draws_depend_on_everything_they_name() -> None:
    """A draw repeats, and changes with the seed, the subject, the count and the purpose."""
    base = draw(7, "a", 1, "read")
    assert base == draw(7, "a", 1, "read")
    others = [draw(8, "a", 1, "read"), draw(7, "b", 1, "read"), draw(7, "a", 2, "read")]
    assert base not in [*others, draw(7, "a", 1, "sent")]


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("ru", "Зимняя распродажа началась.", ""),
        ("ru", "Our winter sale has begun today.", "TAG_CONTENT_MISMATCH"),
        ("he", "ההזמנה שלך בדרך אליך עכשיו היום", ""),
        ("he", "Hi", ""),
        ("zh_CN", "您的订单已经发货了请注意查收快递包裹谢谢您的支持", ""),
        ("hi", "आपका ऑर्डर रास्ते में है और आज पहुँच जाएगा", ""),
        ("pt_BR", "Olá, o seu pedido saiu hoje da loja.", ""),
        ("pt_BR", "您的订单已经发货了请注意查收快递包裹谢谢您的支持", "TAG_CONTENT_MISMATCH"),
        ("ja", "ご注文の商品を本日発送いたしましたのでお待ちください", ""),
    ],
)
def test_a_template_is_in_its_language(language: str, text: str, reason: str) -> None:
    """Review rejects texts in another script than the language's; short ones pass."""
    body = [{"type": "BODY", "text": text}]
    assert verdict(Template("7", "2", "x", language, "MARKETING", body)).reason == reason


def test_review_reads_cards_and_buttons() -> None:
    """A link in a card's button counts like one in the body."""
    button = {"type": "URL", "text": "Go", "url": "https://bit.ly/x"}
    card = {"components": [{"type": "BUTTONS", "buttons": [button]}]}
    parts: list[Json] = [{"type": "BODY", "text": "Look"}, {"type": "CAROUSEL", "cards": [card]}]
    found = verdict(Template("7", "2", "x", "en", "MARKETING", parts))
    assert found.reason == "INVALID_FORMAT"


def test_variables_are_found_and_filled() -> None:
    """Variables are distinct and in order; what has no value stays."""
    assert variables("{{b}} {{ a }} {{b}}") == ("b", "a")
    assert hydrate("{{1}} and {{2}}", {"1": "x"}) == "x and {{2}}"
