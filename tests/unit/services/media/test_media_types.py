"""What bytes show, which claims they agree with, and Meta's rules on type and size."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from chalicelib.services.media_types import (
    LIMITS,
    Kind,
    canonical,
    find_audio_fault,
    find_breach,
    find_mismatch,
    find_picture_fault,
    find_png_fault,
    sniff,
)

OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{OFFICE}.wordprocessingml.document"


def picture(kind: str, mode: str = "RGB") -> bytes:
    """Return a small image file."""
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, kind)
    return out.getvalue()


def docx() -> bytes:
    """Return a Word file, as far as its beginning tells."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return out.getvalue()


def iso(brand: bytes) -> bytes:
    """Return the beginning of an MP4 or its kin."""
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00isomiso2" + bytes(64)


def ogg(codec: bytes, channels: int = 1) -> bytes:
    """Return the first page of an Ogg file."""
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x13" + codec + b"\x01" + bytes([channels, 0, 0])


FILES: dict[str, tuple[str, bytes]] = {
    "jpeg": ("image/jpeg", picture("JPEG")),
    "png": ("image/png", picture("PNG")),
    "webp": ("image/webp", picture("WEBP")),
    "gif": ("image/gif", picture("GIF", "P")),
    "mp4": ("video/mp4", iso(b"isom")),
    "3gp": ("video/3gpp", iso(b"3gp5")),
    "m4a": ("audio/mp4", iso(b"M4A ")),
    "mov": ("video/quicktime", iso(b"qt  ")),
    "ogg": ("audio/ogg; codecs=opus", ogg(b"OpusHead")),
    "mp3": ("audio/mpeg", b"ID3\x04\x00" + bytes(64)),
    "mp3 without tags": ("audio/mpeg", b"\xff\xfb\x90\x64" + bytes(64)),
    "aac": ("audio/aac", b"\xff\xf1\x50\x80" + bytes(64)),
    "amr": ("audio/amr", b"#!AMR\n" + bytes(64)),
    "pdf": ("application/pdf", b"%PDF-1.7\n" + bytes(64)),
    "pdf after a preamble": ("application/pdf", b"\n\nHTTP junk\n%PDF-1.4\n" + bytes(64)),
    "docx": (DOCX, docx()),
    "doc": ("application/msword", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)),
    "text": ("text/plain", "Grüße aus Köln\n".encode()),
    "csv": ("text/csv", b"phone,name\n"),
    "html": ("text/html", b"<!DOCTYPE html><html></html>"),
    "svg": ("image/svg+xml", b'<?xml version="1.0"?><svg/>'),
    "json": ("application/json", b'{"a": 1}'),
    "macros": ("application/vnd.ms-excel.sheet.macroenabled.12", docx()),
    "mail": ("application/vnd.ms-outlook", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(64)),
}
PROGRAMS = {
    "windows": b"MZ\x90\x00\x03" + bytes(64),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(64),
    "mac": b"\xcf\xfa\xed\xfe" + bytes(64),
    "java": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(64),
    "android": b"dex\n035\x00" + bytes(64),
    "script": b"#!/bin/sh\nrm -rf /\n",
    "shortcut": b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(64),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_what_they_are_said_to_be(name: str) -> None:
    """A file of each type agrees with its own type, parameters and odd spellings included."""
    claimed, head = FILES[name]
    assert find_mismatch(claimed, None, head) is None
    assert find_mismatch(claimed.upper(), "File", head) is None


@pytest.mark.parametrize("claimed", ["image/jpeg", "image/png", "image/webp", "application/pdf"])
@pytest.mark.parametrize("name", FILES)
def test_nothing_else_passes_as_an_image_or_pdf(claimed: str, name: str) -> None:
    """Of all files only the right ones pass as what a browser shows by itself: no HTML does."""
    own, head = FILES[name]
    found = find_mismatch(claimed, None, head)
    assert (found is None) == (own == claimed)
    assert found is None or found.code == "content_mismatch"


@pytest.mark.parametrize("name", ["html", "svg"])
@pytest.mark.parametrize("claimed", ["video/mp4", "video/webm", "audio/mpeg", "audio/flac", DOCX])
def test_markup_is_no_media(name: str, claimed: str) -> None:
    """HTML and SVG pass as text only, also where the type said has no mark of its own."""
    wrong = find_mismatch(claimed, None, b"\xef\xbb\xbf \n" + FILES[name][1])
    assert wrong is not None
    assert wrong.code == "content_mismatch"


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("claimed", ["image/jpeg", "text/plain", "application/octet-stream", ""])
def test_programs_are_refused(name: str, claimed: str) -> None:
    """A program is refused whatever it is said to be."""
    wrong = find_mismatch(claimed, None, PROGRAMS[name])
    assert wrong is not None
    assert wrong.code == "program"


@pytest.mark.parametrize("filename", ["a.exe", "invoice.pdf.EXE", "x.apk", "c:\\temp\\x.vbs"])
def test_names_of_programs_are_refused(filename: str) -> None:
    """So is a file whose name makes a computer run it."""
    wrong = find_mismatch("application/octet-stream", filename, b"echo")
    assert wrong is not None
    assert wrong.code == "program"
    assert find_mismatch("text/plain", "exe.txt", b"echo") is None


def test_text_that_begins_like_a_program() -> None:
    """Two letters do not make a program of a text."""
    assert find_mismatch("text/plain", "a.txt", b"MZ is the mark of DOS programs") is None


@given(st.binary(max_size=200), st.text(max_size=40), st.text(max_size=40))
def test_any_bytes_get_an_answer(head: bytes, claimed: str, filename: str) -> None:
    """Whatever comes, there is an answer, and a program never passes."""
    wrong = find_mismatch(claimed, filename, head)
    if sniff(head) == "program":
        assert wrong is not None


@pytest.mark.parametrize(
    ("given_name", "wanted"),
    [
        ("image/JPG", "image/jpeg"),
        ("audio/ogg; codecs=opus", "audio/ogg"),
        (" audio/mp3 ", "audio/mpeg"),
        ("", ""),
    ],
)
def test_canonical(given_name: str, wanted: str) -> None:
    """One name for each type."""
    assert canonical(given_name) == wanted


SIZES: list[tuple[Kind, str, int]] = [
    ("image", "image/jpeg", 5 * 1024**2),
    ("image", "image/png", 5 * 1024**2),
    ("video", "video/mp4", 16 * 1024**2),
    ("audio", "audio/ogg; codecs=opus", 16 * 1024**2),
    ("document", "application/pdf", 100 * 1024**2),
    ("sticker", "image/webp", 500 * 1024),
]


@pytest.mark.parametrize(("kind", "mime_type", "most"), SIZES)
def test_sizes(kind: Kind, mime_type: str, most: int) -> None:
    """The last byte that Meta takes passes, the next does not, and the answer names the limit."""
    assert find_breach(kind, mime_type, most) is None
    over, empty = find_breach(kind, mime_type, most + 1), find_breach(kind, mime_type, 0)
    assert over is not None
    assert over.code == "file_too_large"
    assert f"{most + 1:,} bytes" in over.message
    assert ("500 KB" if kind == "sticker" else f"{most // 1024**2} MB") in over.message
    assert empty is not None
    assert empty.code == "empty_file"


def test_types_of_a_kind() -> None:
    """A type that Meta does not take as this kind is answered with those that it takes."""
    wrong = find_breach("image", "image/webp", 10)
    assert wrong is not None
    assert wrong.code == "type_not_taken"
    assert "image/jpeg or image/png" in wrong.message
    assert find_breach("document", "image/heic", 10) is not None
    assert {kind: len(types) for kind, types in LIMITS.items()} == {
        "image": 2,
        "video": 2,
        "audio": 5,
        "document": 8,
        "sticker": 1,
    }


@pytest.mark.parametrize(
    ("codec", "channels", "is_taken"),
    [(b"OpusHead", 1, True), (b"OpusHead", 2, False), (b"\x01vorbis\x00", 1, False)],
)
def test_ogg_is_opus_with_one_channel(codec: bytes, channels: int, *, is_taken: bool) -> None:
    """Ogg with another codec, or in stereo, is refused with the way to convert it."""
    wrong = find_audio_fault("audio/ogg", ogg(codec, channels))
    assert (wrong is None) == is_taken
    if wrong is not None:
        assert "libopus" in wrong.message
    assert find_audio_fault("audio/mpeg", b"") is None


@pytest.mark.parametrize(
    ("mode", "is_taken"),
    [("RGB", True), ("RGBA", True), ("P", False), ("L", False), ("I;16", False)],
)
def test_png_is_8_bit_rgb(mode: str, *, is_taken: bool) -> None:
    """PNGs with a palette, in grey or with 16 bits are refused, as Meta's reference says."""
    assert (find_png_fault("image/png", picture("PNG", mode)) is None) == is_taken


@dataclass(frozen=True)
class Seen:
    """A picture that was looked at."""

    width: int
    height: int
    mode: str = "RGB"
    is_animated: bool = False


@pytest.mark.parametrize(
    ("kind", "seen", "size_bytes", "code"),
    [
        ("sticker", Seen(512, 512), 100 * 1024, None),
        ("sticker", Seen(512, 512), 100 * 1024 + 1, "file_too_large"),
        ("sticker", Seen(512, 512, is_animated=True), 500 * 1024, None),
        ("sticker", Seen(512, 511), 10, "sticker_size"),
        ("image", Seen(4000, 3000), 10, None),
        ("image", Seen(10, 10, mode="CMYK"), 10, "image_not_rgb"),
    ],
)
def test_pictures(kind: Kind, seen: Seen, size_bytes: int, code: str | None) -> None:
    """Stickers are 512 pixels a side, and small if they do not move; images are RGB."""
    wrong = find_picture_fault(kind, seen, size_bytes)
    assert (None if wrong is None else wrong.code) == code
