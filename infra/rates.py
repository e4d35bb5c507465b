"""Loads Meta's rate cards into a deployment: `python -m infra.rates CARD.csv --currency USD …`.

    --currency USD          the card's currency
    --valid-from 2026-10-01 the first day on which it holds
    --tiers TIERS.csv       Meta's second file, with the volume tiers
    --bucket NAME           the deployment's bucket (output BucketName); default: $BUCKET
    --check                 only read the files and say what is in them

AWS is found as every AWS tool finds it (profile, region, AWS_ENDPOINT_URL). Loading a card again
replaces it. Exit code 2: a file that is no rate card, with the line; nothing was written.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path

from chalicelib.core.config import settings
from chalicelib.storage import rate_cards
from chalicelib.whatsapp.rate_cards import (
    RateCard,
    RateCardError,
    encode_card,
    read_card,
    with_tiers,
)


def main(arguments: list[str]) -> int:
    """Read the files, say what is in them, and store the card; return the exit code."""
    options = _options(arguments)
    try:
        card, left_out = _read(options)
    except (RateCardError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"infra.rates: {error}\n")
        return 2
    for words in left_out:
        sys.stderr.write(f"warning: {words}\n")
    tiers = sum(len(found) for found in card.tiers.values())
    sys.stdout.write(
        f"{card.currency} from {card.valid_from}: {len(card.rates)} markets, "
        f"{tiers} of their categories with volume tiers\n"
    )
    if options.check:
        return 0
    if options.bucket:
        os.environ["BUCKET"] = options.bucket
        settings.cache_clear()
    elif not os.environ.get("BUCKET"):
        sys.stderr.write("infra.rates: say where to: --bucket, or $BUCKET\n")
        return 2
    rate_cards.put(card.currency, card.valid_from, encode_card(card))
    sys.stdout.write(f"stored in {settings().bucket}; in force within 5 minutes\n")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m infra.rates", description=__doc__.partition(":")[0])
    parser.add_argument("card", type=Path)
    parser.add_argument("--currency", required=True)
    parser.add_argument("--valid-from", required=True, type=date.fromisoformat)
    parser.add_argument("--tiers", type=Path)
    parser.add_argument("--bucket")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args(arguments)


def _read(options: argparse.Namespace) -> tuple[RateCard, tuple[str, ...]]:
    text = options.card.read_text(encoding="utf-8-sig")
    card, left_out = read_card(text, options.currency, options.valid_from)
    if options.tiers is not None:
        card = with_tiers(card, options.tiers.read_text(encoding="utf-8-sig"))
    return card, left_out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
