"""What the stack keeps on disk, and the files that it watches."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import source_watch
from infra.local.home import Home
from infra.local.ports import PortError
from infra.local.source_watch import SourceWatch


def test_stack_json_is_whole_and_private(tmp_path: Path) -> None:
    """Only its owner reads it, a second write replaces it, and nothing else is left beside it."""
    home = Home(tmp_path)
    home.publish({"api_url": "a"})
    home.publish({"api_url": "b"})
    assert json.loads(home.stack_file.read_text()) == {"api_url": "b"}
    assert stat.S_IMODE(home.stack_file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["stack.json"]
    home.withdraw()
    home.withdraw()
    assert not home.stack_file.exists()


def test_one_stack_at_a_time(tmp_path: Path) -> None:
    """Another process cannot take a home that is held, is told who holds it, and can afterwards."""
    code = (
        "import sys; from pathlib import Path; from infra.local.home import Home\n"
        f"with Home(Path({str(tmp_path)!r})).only_one(): print('held', flush=True); input()"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        home = Home(tmp_path)
        assert home.holder() == other.pid
        with pytest.raises(PortError, match=f"process {other.pid}"), home.only_one():
            pass
        other.kill()
    assert home.holder() is None
    with home.only_one():
        assert home.holder() == os.getpid()


def test_another_port_has_other_data(tmp_path: Path) -> None:
    """The emulator's queues are bound to its port: data of one is never loaded by another."""
    home = Home(tmp_path)
    assert home.state("") == tmp_path / "state"
    assert home.state("-4567") == tmp_path / "state-4567"


def test_an_edit_is_told_once_when_it_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed file is reported after a quiet round, once; a broken one only when it is mended."""
    monkeypatch.setattr(source_watch, "_EVERY_S", 0)
    (tmp_path / "lib").mkdir()
    (tmp_path / "app.py").write_text("a = 1\n")
    told: list[list[str]] = []
    watch = SourceWatch(
        tmp_path, ("app.py", "lib"), lambda paths: told.append([p.name for p in paths])
    )
    watch()
    (tmp_path / "lib" / "new.py").write_text("def (\n")
    for _ in range(3):
        watch()
    assert told == []
    (tmp_path / "lib" / "new.py").write_text("b = 22\n")
    for _ in range(3):
        watch()
    assert told == [["new.py"]]
    (tmp_path / "app.py").unlink()
    for _ in range(3):
        watch()
    assert told == [["new.py"], ["app.py"]]
