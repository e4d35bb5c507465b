"""Byte code in the zip: made by the right Python, the same each time, and believed as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.archive import Entry
from infra.bytecode import BytecodeError, byte_code, interpreter_of

SOURCES = [
    Entry("parts/__init__.py", b""),
    Entry("parts/one.py", b"NAMES = frozenset({'a', 'b', 'c', 'd', 'e'})\nprint(len(NAMES))\n"),
    Entry("parts/words.txt", b"not code"),
]


def test_the_same_sources_give_the_same_byte_code() -> None:
    """Each module is compiled, nothing else, and a build tomorrow is the build of today."""
    made = byte_code(SOURCES, sys.executable)
    tag = sys.implementation.cache_tag
    assert [entry.name for entry in made] == [
        f"parts/__pycache__/{name}.{tag}.pyc" for name in ("__init__", "one")
    ]
    assert byte_code(list(reversed(SOURCES)), sys.executable) == made


def test_byte_code_is_not_compared_with_its_source(tmp_path: Path) -> None:
    """Python runs it although the source is newer, as all sources in a zip seem to be."""
    for entry in [*SOURCES, *byte_code(SOURCES, sys.executable)]:
        path = tmp_path / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.content)
    (tmp_path / "parts" / "one.py").write_text("print('compiled anew')\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import parts.one"
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "5\n"


def test_what_cannot_be_compiled_is_told() -> None:
    """The build ends with the compiler's words."""
    with pytest.raises(BytecodeError, match="SyntaxError"):
        byte_code([Entry("broken.py", b"def\n")], sys.executable)


def test_only_the_very_version_compiles() -> None:
    """This interpreter is found by its version; one that nobody has is not."""
    assert interpreter_of(f"{sys.version_info.major}.{sys.version_info.minor}") == sys.executable
    assert interpreter_of("3.99") is None
