"""What WhatsApp takes as the value of a variable, checked where a campaign is made."""

from __future__ import annotations

import re

from chalicelib.whatsapp.template_shape import Block, TemplateShape, blocks, is_otp, kind_of
from chalicelib.whatsapp.template_text import clean_value, read_sections, read_time_ms

_FILE = re.compile(r"https?://\S+|med_[0-9a-z]{26}|\d{1,30}")
_DEGREES = {"latitude": 90.0, "longitude": 180.0}
_MAX_CODE, _MAX_COUPON = 15, 20
_MOST_PRODUCTS, _MOST_SECTIONS, _MAX_TITLE = 30, 10, 24


def value_problem(shape: TemplateShape, name: str, value: str) -> str | None:
    """Return in words why WhatsApp would refuse `value` for a variable, None if it would not."""
    value = clean_value(value)
    kind = name.rpartition(".")[2]
    if kind == "media" and not _FILE.fullmatch(value):
        return "Give an https link to the file, or the id of a file of the media library."
    if name.endswith((".latitude", ".longitude")) and not _is_degrees(value, _DEGREES[kind]):
        return f"A {kind} is a number from -{_DEGREES[kind]:.0f} to {_DEGREES[kind]:.0f}."
    if name == "offer.expires_at" and read_time_ms(value) is None:
        return "Write the time like 2026-12-24T18:00:00Z."
    if kind == "products":
        return _products(value)
    for prefix, block in blocks(shape):
        if name.startswith(prefix) and (prefix or not name.startswith("card.")):
            return _code(block, name.removeprefix(prefix), value)
    return None


def _is_degrees(value: str, most: float) -> bool:
    try:
        return abs(float(value)) <= most
    except ValueError:
        return False


def _products(value: str) -> str | None:
    sections = read_sections(value)
    products = sum(len(section["product_items"]) for section in sections)
    if not products:
        return "List the products by their catalogue ids, like `Hats: sku1, sku2; Caps: sku3`."
    if products > _MOST_PRODUCTS or len(sections) > _MOST_SECTIONS:
        return f"At most {_MOST_PRODUCTS} products in {_MOST_SECTIONS} sections."
    titles = [str(section.get("title", "")) for section in sections]
    if len(sections) > 1 and not all(titles):
        return "Give each section a title, like `Hats: sku1, sku2; Caps: sku3`."
    if any(len(title) > _MAX_TITLE for title in titles):
        return f"The title of a section has at most {_MAX_TITLE} characters."
    return None


def _code(block: Block, name: str, value: str) -> str | None:
    part, _, position = name.partition(".")
    if part == "body" and any(is_otp(button) for button in block.buttons):
        return None if len(value) <= _MAX_CODE else f"A code has at most {_MAX_CODE} characters."
    if part == "button" and position.isdecimal() and int(position) < len(block.buttons):
        is_coupon = kind_of(block.buttons[int(position)]) == "COPY_CODE"
        if is_coupon and len(value) > _MAX_COUPON:
            return f"A coupon code has at most {_MAX_COUPON} characters."
    return None
