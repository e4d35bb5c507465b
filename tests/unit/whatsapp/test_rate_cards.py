"""Meta's rate cards: read whatever the spreadsheet did to them, and added up to the micro-unit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from phonenumbers import SUPPORTED_REGIONS

from chalicelib.whatsapp.markets import country_of, fold, known_markets, market_of
from chalicelib.whatsapp.rate_cards import (
    RateCard,
    RateCardError,
    Tier,
    decode_card,
    encode_card,
    read_card,
    with_tiers,
)

DAY = date(2026, 10, 1)
LOCAL = Path(__file__).parents[3] / "infra" / "local"


def sample() -> RateCard:
    """Return the card of the local stack, with its tiers."""
    card, left_out = read_card((LOCAL / "sample_rates.csv").read_text("utf-8"), "USD", DAY)
    assert left_out == ()
    return with_tiers(card, (LOCAL / "sample_tiers.csv").read_text("utf-8"))


def test_sample_is_read_and_survives_storage() -> None:
    """The sample in Meta's shape becomes micro-units, and comes back from JSON as it was."""
    card = sample()
    assert card.rates["brazil"] == {
        "marketing": 60_000,
        "utility": 7_000,
        "authentication": 7_000,
        "service": 7_000,
    }
    assert card.tiers["india"]["utility"][1] == Tier(100_000, 1_400)
    assert decode_card(encode_card(card)) == card


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Market;Marketing;Utility\nBrazil;0,0625;0,0068\n", (62_500, 6_800)),
        ("\ufeffUtility\tMARKET\tMarketing\n0.0068\tbrazil\tUSD 0.0625\n", (62_500, 6_800)),
        (
            "Rates of October\n\nmarket,marketing rate,utility rate\n\nBrazil,$ 0.0625,--\n",
            (62_500, None),
        ),
        ('Market,Marketing,Utility\nBrazil,"1,234.5",7\n', (1_234_500_000, 7_000_000)),
        ("Market,Marketing,Utility\nBrazil,0.0625\n", (62_500, None)),
    ],
)
def test_spreadsheets_habits_are_tolerated(text: str, expected: tuple[int, int | None]) -> None:
    """Delimiters, a title, order and case of columns, currencies, decimal commas, missing cells."""
    card, _ = read_card(text, "USD", DAY)
    row = card.rates["brazil"]
    assert (row["marketing"], row.get("utility")) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "header"),
        ("name,phone\nAna,1\n", "header"),
        ("Market,Marketing\n", "no rows"),
        ("Market,Marketing\nBrazil,abc\n", "line 2: 'abc' is not a rate"),
        ("Market,Marketing\nBrazil,-1\n", "line 2"),
        ("Market,Marketing\nBrazil,1\nBRAZIL,2\n", "line 3: the market 'brazil' is there twice"),
    ],
)
def test_what_is_no_card_is_refused(text: str, words: str) -> None:
    """A wrong file is refused with the line and the reason, not stored as rates of nothing."""
    with pytest.raises(RateCardError, match=words):
        read_card(text, "USD", DAY)


def test_currency_that_meta_has_not() -> None:
    """A currency without a card at Meta is refused, naming those that have one."""
    with pytest.raises(RateCardError, match="AED, ARS"):
        read_card("Market,Marketing\nBrazil,1\n", "XYZ", DAY)


def test_unknown_market_is_kept_and_told() -> None:
    """A market that no country is charged by (a new split, a typing error) is a warning."""
    card, left_out = read_card("Market,Marketing\nAtlantis,1\nOther,2\n", "USD", DAY)
    assert card.rates["atlantis"] == {"marketing": 1_000_000}
    assert left_out == ("line 2: no country is charged by the market 'atlantis'",)


@pytest.mark.parametrize(
    "text",
    [
        "Market,Category,From,Rate\nIndia,Utility,100,0.1\n",
        "Market,Category,From,Rate\nIndia,Utility,1,0.1\nIndia,Utility,1,0.2\n",
        "Market,Category,From,Rate\nIndia,Teleport,1,0.1\n",
        "Market,Category,From,Rate\nIndia,Utility,some,0.1\n",
    ],
)
def test_broken_tiers_are_refused(text: str) -> None:
    """Tiers that leave a gap at the start, overlap, or are of no category are refused."""
    with pytest.raises(RateCardError):
        with_tiers(sample(), text)


@given(
    already=st.integers(0, 2_000_000), first=st.integers(0, 900_000), more=st.integers(0, 900_000)
)
def test_tiers_are_marginal(already: int, first: int, more: int) -> None:
    """Whatever the split into batches, the same messages cost the same, within the card's rates."""
    card = sample()
    whole = card.cost("india", "utility", first + more, already)
    halves = [
        card.cost("india", "utility", first, already),
        card.cost("india", "utility", more, already + first),
    ]
    assert whole == sum(cost or 0 for cost in halves)
    assert whole is not None
    assert 1_200 * (first + more) <= whole <= 1_500 * (first + more)


def test_categories_of_webhooks_find_their_column() -> None:
    """Meta's many words for a category lead to the column that prices it."""
    card = sample()
    assert card.rate("india", "marketing_lite") == card.rate("india", "marketing")
    assert card.rate("india", "authentication_international") == 28_000
    assert card.rate("france", "authentication-international") == card.rate(
        "france", "authentication"
    )
    without, _ = read_card("Market,Utility\nIndia,0.0015\n", "USD", DAY)
    assert without.rate("india", "service") == 1_500
    assert without.rate("india", "referral_conversion") is None


def test_every_country_has_a_market() -> None:
    """Each country that libphonenumber knows is charged by a row of the sample, few by "Other"."""
    markets = sample().rates.keys()
    by_other = {c for c in SUPPORTED_REGIONS if market_of(c, markets) == fold("Other")}
    assert by_other <= {"AC", "TA", "001"}
    assert all(market_of(c, known_markets()) for c in SUPPORTED_REGIONS)


@pytest.mark.parametrize(
    ("to", "country"),
    [
        ("+12025550123", "US"),
        ("+16135550123", "CA"),
        ("+18765550123", "JM"),
        ("+15552010001", "US"),
        ("+79161234567", "RU"),
        ("+77012345678", "KZ"),
        ("5511955501234", "BR"),
        ("IN.13491208655302741918", "IN"),
        ("US.ENT.11815799212886844830", "US"),
        ("+999123", "ZZ"),
        ("nobody", "ZZ"),
    ],
)
def test_country_of_a_recipient(to: str, country: str) -> None:
    """+1 and +7 are split by the digits after them; a user id carries its country."""
    assert country_of(to) == country
