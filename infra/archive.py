"""Zips that are the same, byte for byte, when what is in them is the same."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
_UNIX = 3


class Entry(NamedTuple):
    """A file in a zip."""

    name: str
    content: bytes


def write_archive(path: Path, entries: Iterable[Entry]) -> None:
    """Write `entries` in order of name, with fixed times and modes; replaces what is at `path`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, entries)


def append_entries(path: Path, entries: Iterable[Entry]) -> None:
    """Add `entries` to the zip at `path`, behind what it has; raises ValueError on a known name."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        known = set(archive.namelist())
        new = list(entries)
        twice = sorted(entry.name for entry in new if entry.name in known)
        if twice:
            message = f"{', '.join(twice)} would be in {path.name} twice"
            raise ValueError(message)
        _add(archive, new)


def read_archive(path: Path) -> list[Entry]:
    """Return what is in the zip at `path`."""
    with zipfile.ZipFile(path) as archive:
        return [Entry(name, archive.read(name)) for name in archive.namelist()]


def _add(archive: zipfile.ZipFile, entries: Iterable[Entry]) -> None:
    for entry in sorted(entries):
        info = zipfile.ZipInfo(entry.name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = _MODE
        info.create_system = _UNIX
        archive.writestr(info, entry.content)
