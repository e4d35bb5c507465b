"""Thumbnails: small, upright, without the sender's EXIF; bombs and rubbish make none."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from chalicelib.services.thumbnails import (
    MAX_PIXELS,
    SIDE,
    DamagedImage,
    ImageError,
    NotAnImage,
    TooManyPixels,
    inspect,
)

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def jpeg(size: tuple[int, int], orientation: int | None = None) -> bytes:
    """Return a JPEG whose left half is red, with EXIF that says where it was taken."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[MAKE] = "SecretPhone"
    if orientation is not None:
        exif[ORIENTATION] = orientation
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def small(body: bytes) -> Image.Image:
    """Return the thumbnail of an image, decoded."""
    return Image.open(io.BytesIO(inspect(io.BytesIO(body)).thumbnail))


def test_thumbnail_is_small_and_keeps_its_shape() -> None:
    """The longer side is SIDE; a smaller image is not blown up."""
    assert small(jpeg((2000, 1000))).size == (SIDE, SIDE // 2)
    assert small(jpeg((100, 50))).size == (100, 50)
    seen = inspect(io.BytesIO(jpeg((2000, 1000))))
    assert (seen.width, seen.height, seen.mode, seen.is_animated) == (2000, 1000, "RGB", False)


def test_thumbnail_is_upright() -> None:
    """EXIF's orientation is applied: a picture lying on its side (6) is turned, red on top."""
    turned = small(jpeg((600, 300), orientation=6)).convert("RGB")
    assert turned.size == (SIDE // 2, SIDE)
    red, _, blue = turned.getpixel((80, 10))  # type: ignore[misc]
    assert red > 200
    assert blue < 60


def test_exif_does_not_go_along() -> None:
    """Nothing of what the phone wrote about the place and itself is in the thumbnail."""
    body = inspect(io.BytesIO(jpeg((600, 300), orientation=6))).thumbnail
    assert b"SecretPhone" not in body
    assert not dict(Image.open(io.BytesIO(body)).getexif())


def test_transparency_is_kept() -> None:
    """A sticker's see-through parts stay so, from a palette as well."""
    for mode in ("RGBA", "LA"):
        out = io.BytesIO()
        Image.new(mode, (512, 512)).save(out, "PNG")
        assert small(out.getvalue()).mode == "RGBA"


def test_animated_sticker() -> None:
    """An animated WebP is told from a still one."""
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert inspect(out).is_animated


def png_header(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims to be of this size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(10_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(5001, 5000), (100_000, 100_000), (2**31 - 1, 1), (1, 2**31 - 1)])
def test_bombs_are_not_decoded(size: tuple[int, int]) -> None:
    """A file that claims more than 25 million pixels is refused before memory is spent on it."""
    assert size[0] * size[1] > MAX_PIXELS
    tracemalloc.start()
    try:
        with pytest.raises(TooManyPixels):
            inspect(io.BytesIO(png_header(*size)))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_damaged_image() -> None:
    """An image that breaks off is told from a file that is none."""
    body = jpeg((600, 600))
    with pytest.raises(DamagedImage):
        inspect(io.BytesIO(body[: len(body) // 2]))
    with pytest.raises(NotAnImage):
        inspect(io.BytesIO(b"<html>"))
    with pytest.raises(NotAnImage):
        inspect(io.BytesIO(b""))


def test_other_formats_are_not_read() -> None:
    """Formats that nobody sends are not even tried: less code that a stranger's bytes reach."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "TIFF")
    with pytest.raises(NotAnImage):
        inspect(out)


_SAMPLES = [jpeg((64, 64)), png_header(64, 64)]


@settings(max_examples=300)
@given(st.sampled_from(_SAMPLES), st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4))))
def test_mutilated_images_end_in_a_known_error(body: bytes, cuts: list[tuple[int, bytes]]) -> None:
    """However a file is mutilated, there is a picture or an ImageError, never another error."""
    for at, new in cuts:
        body = body[:at] + new + body[at + len(new) :]
    with contextlib.suppress(ImageError):
        assert inspect(io.BytesIO(body)).thumbnail
