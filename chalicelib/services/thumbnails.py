"""Small pictures of images, made without trusting the image.

Only four formats are read, never more pixels than fit into memory, and only the first frame: a
file of a few kilobytes can claim to be a picture of gigabytes ("decompression bomb").
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

# A WebP of 25 million pixels takes 390 MB while it is read, a PNG 200. A JPEG is read at a fraction
# of its size, so that the largest photos of phones, of 50 million, cost less.
MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 50_000_000
SIDE = 320

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, struct.error)

# Pillow's own limit warns first and is for the whole process; `inspect` looks before it decodes.
Image.MAX_IMAGE_PIXELS = None


class ImageError(Exception):
    """No picture can be made of the file."""


class NotAnImage(ImageError):
    """The bytes are no JPEG, PNG, WebP or GIF."""


class TooManyPixels(ImageError):
    """The image is larger than MAX_PIXELS, or a JPEG than MAX_JPEG_PIXELS."""


class DamagedImage(ImageError):
    """The image begins well and cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What an image is, and a small WebP of it, upright and at most SIDE pixels a side."""

    width: int
    height: int
    mode: str
    is_animated: bool
    thumbnail: bytes


def inspect(file: IO[bytes]) -> Picture:
    """Return what an open image is and a thumbnail of it; raises an ImageError.

    At most some 400 MB of memory.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of broken EXIF, which is not needed
        return _inspect(file)


def _inspect(file: IO[bytes]) -> Picture:
    file.seek(0)
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise NotAnImage from error
    except _BROKEN as error:
        raise DamagedImage from error
    with image:
        width, height = image.size
        if width * height > (MAX_JPEG_PIXELS if image.format == "JPEG" else MAX_PIXELS):
            raise TooManyPixels
        mode, is_animated = image.mode, bool(getattr(image, "is_animated", False))
        try:
            thumbnail = _thumbnail(image)
        except _BROKEN as error:
            raise DamagedImage from error
    return Picture(width, height, mode, is_animated, thumbnail)


def _thumbnail(image: Image.Image) -> bytes:
    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is then decoded at a fraction of its size
    image.load()
    image.thumbnail((SIDE, SIDE))
    small = ImageOps.exif_transpose(image)
    if small.mode not in {"RGB", "RGBA"}:
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    # Made anew, so that nothing of the sender's EXIF (where, when, which phone) goes along.
    out = io.BytesIO()
    bare = Image.frombytes(small.mode, small.size, small.tobytes())
    bare.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()
