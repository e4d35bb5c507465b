"""A known vulnerability fails the audit; one that could not be asked for never passes as none."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra import advisories
from infra.advisories import Finding, NotAsked, accepted_ids, in_python, read_npm_audit

LOCK = f"six==1.17.0 \\\n    --hash=sha256:{'0' * 64}\n"


@contextmanager
def osv(status: int, answer: dict[str, Any]) -> Iterator[str]:
    """Run an OSV that says the same of every package; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps(answer).encode()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def ask(lock: Path, url: str) -> list[Finding]:
    """Have pip-audit itself ask the OSV at `url` alone: PyPI is where nothing listens."""
    lock.write_text(LOCK)
    options = [f"--osv-url={url}", "--vulnerability-service=osv", "--timeout=5"]
    return in_python(lock, options)


def test_what_the_service_knows_is_found(tmp_path: Path) -> None:
    """pip-audit's own report of an OSV record becomes a finding with all its names."""
    record = {
        "id": "PYSEC-2026-1",
        "aliases": ["CVE-2026-0001"],
        "affected": [
            {
                "package": {"name": "six", "ecosystem": "PyPI"},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": "0"}, {"fixed": "1.18.0"}],
                    }
                ],
            }
        ],
    }
    with osv(200, {"vulns": [record]}) as url:
        (finding,) = ask(tmp_path / "lock.txt", url)
    assert finding == Finding("six", "1.17.0", ("CVE-2026-0001", "PYSEC-2026-1"), "1.18.0")
    assert str(finding) == "six 1.17.0: CVE-2026-0001, PYSEC-2026-1; mended in 1.18.0"


def test_a_service_that_knows_nothing_finds_nothing(tmp_path: Path) -> None:
    """An answer without vulnerabilities is the one clean bill."""
    with osv(200, {}) as url:
        assert ask(tmp_path / "lock.txt", url) == []


def test_a_service_that_fails_is_no_clean_bill(tmp_path: Path) -> None:
    """An error of the service is told, not taken for an answer."""
    with osv(503, {}) as url, pytest.raises(NotAsked, match="osv"):
        ask(tmp_path / "lock.txt", url)


def test_npms_findings_are_read_once_each() -> None:
    """A package that is named through others is found where its advisory is."""
    cause = {
        "name": "vite",
        "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
        "range": "<7.0.1",
    }
    fix = {"name": "vite", "version": "7.0.1"}
    report = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            "vite": {"via": [cause], "fixAvailable": fix},
            "plugin": {"via": ["vite"], "fixAvailable": True},
        },
    }
    assert read_npm_audit(report) == [
        Finding("vite", "<7.0.1", ("GHSA-aaaa-bbbb-cccc",), "vite 7.0.1")
    ]


def test_npm_without_its_service_is_no_clean_bill() -> None:
    """Npm reports a refused request as JSON too."""
    with pytest.raises(NotAsked, match="405 Method Not Allowed"):
        read_npm_audit({"message": "405 Method Not Allowed - POST"})


def test_what_is_accepted_is_so_with_a_reason_and_until_a_day() -> None:
    """An accepted vulnerability counts again after its last day; without a reason it is refused."""
    text = '[[accepted]]\nid = "GHSA-1"\nreason = "never parsed here"\nuntil = 2026-12-31\n'
    assert accepted_ids(text, dt.date(2026, 12, 31)) == {"GHSA-1"}
    assert accepted_ids(text, dt.date(2027, 1, 1)) == set()
    with pytest.raises(ValueError, match="GHSA-1 is accepted without a reason"):
        accepted_ids(text.replace("never parsed here", " "), dt.date(2026, 1, 1))
    with pytest.raises(KeyError, match="until"):
        accepted_ids('[[accepted]]\nid = "GHSA-1"\nreason = "why"\n', dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("required", "found", "code"),
    [
        (False, NotAsked("nobody"), 0),
        (True, NotAsked("nobody"), advisories.UNKNOWN),
        (True, [], 0),
        (False, [Finding("six", "1.17.0", ("CVE-1",), "")], advisories.FOUND),
    ],
)
def test_the_exit_code_tells(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    required: bool,  # noqa: FBT001 - a parameter of the test
    found: list[Finding] | NotAsked,
    code: int,
) -> None:
    """0 for nothing found, 1 for a finding, 3 where it must be known and is not; each is said."""

    def answer(_lock: Path) -> list[Finding]:
        if isinstance(found, NotAsked):
            raise found
        return found

    monkeypatch.setattr(advisories, "in_python", answer)
    monkeypatch.setattr(advisories, "in_npm", answer)
    assert advisories.main(["--required"] if required else []) == code
    told = capsys.readouterr()
    if isinstance(found, NotAsked):
        assert told.err.count("NOT AUDITED") == 3
        assert "audited  " not in told.out
    else:
        assert told.out.count("audited") == 3
        assert told.err.count("VULNERABLE") == 3 * len(found)
