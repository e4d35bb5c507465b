"""Asks whether what the locks name has known vulnerabilities: pip-audit, and npm for the app.

    python -m infra.advisories [--required]

A finding fails unless infra/advisories.toml accepts it, with a reason and a last day. Where no
advisory service can be reached nothing is known, which is said in so many words: it never passes
for a clean bill, and with `--required` it fails too (exit code 3).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements-dev.txt", "infra/local/requirements-ministack.txt")
ACCEPTED = Path(__file__).with_suffix(".toml")
FOUND, UNKNOWN = 1, 3
_TIMEOUT_S = 300


class NotAsked(Exception):
    """No advisory service answered; the message says which was asked and what came back."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A known vulnerability of a locked package."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: str

    def __str__(self) -> str:
        mended = f"; mended in {self.fixed_in}" if self.fixed_in else "; no release mends it yet"
        return f"{self.package} {self.version}: {', '.join(self.ids)}{mended}"


def in_python(lock: Path, options: Sequence[str] = ()) -> list[Finding]:
    """Return what PyPI, or else OSV, knows of a lock's packages; raise NotAsked if neither answers.

    A request for each package: some 15 s for 130.
    """
    said = []
    for service in ("pypi", "osv"):
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock)]
        command += ["--require-hashes", "--disable-pip", "--format=json", "--aliases=on"]
        command += ["--progress-spinner=off", f"--vulnerability-service={service}", *options]
        done = _run(command, ROOT)
        try:
            return read_pip_audit(json.loads(done.stdout))
        except (ValueError, NotAsked) as error:
            said.append(f"{service}: {error if isinstance(error, NotAsked) else _last_line(done)}")
    raise NotAsked("; ".join(said))


def read_pip_audit(report: Mapping[str, Any]) -> list[Finding]:
    """Return the findings of pip-audit's JSON; raise NotAsked unless all were looked up."""
    packages = report["dependencies"]
    skipped = [package["skip_reason"] for package in packages if "skip_reason" in package]
    if skipped:
        raise NotAsked(f"{len(skipped)} of {len(packages)} were not looked up ({skipped[0]})")
    return sorted(
        Finding(
            package["name"],
            package["version"],
            tuple(sorted({vulnerability["id"], *vulnerability.get("aliases", [])})),
            ", ".join(vulnerability["fix_versions"]),
        )
        for package in packages
        for vulnerability in package["vulns"]
    )


def in_npm(frontend: Path) -> list[Finding]:
    """Return what npm knows of the app's locked packages; raise NotAsked if it does not answer."""
    done = _run(["npm", "audit", "--json", "--package-lock-only"], frontend)
    try:
        return read_npm_audit(json.loads(done.stdout))
    except ValueError as error:
        raise NotAsked(f"npm: {_last_line(done)}") from error


def read_npm_audit(report: Mapping[str, Any]) -> list[Finding]:
    """Return the findings of `npm audit --json`; raise NotAsked if it is an error instead."""
    if "vulnerabilities" not in report:
        raise NotAsked(f"npm: {report.get('message') or report.get('error') or 'no report'}")
    found = set()
    for package in report["vulnerabilities"].values():
        for cause in package["via"]:
            if isinstance(cause, str):
                continue  # another package, which has an entry of its own
            advisory = str(cause["url"]).rsplit("/", 1)[-1]
            fix = package.get("fixAvailable")
            fixed_in = f"{fix['name']} {fix['version']}" if isinstance(fix, dict) else ""
            found.add(Finding(cause["name"], cause["range"], (advisory,), fixed_in))
    return sorted(found)


def accepted_ids(text: str, today: dt.date) -> set[str]:
    """Return the ids that are accepted today; raise where id, reason or until is missing."""
    entries = tomllib.loads(text).get("accepted", [])
    for entry in entries:
        if not entry["reason"].strip():
            message = f"{entry['id']} is accepted without a reason"
            raise ValueError(message)
    return {entry["id"] for entry in entries if today <= entry["until"]}


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            env={**os.environ, "NO_COLOR": "1"},
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise NotAsked(str(error)) from error


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1][:300] if lines else f"exit code {done.returncode}, and not a word"


def main(arguments: list[str] | None = None) -> int:
    """Ask of every lock, say what was found; 0 if nothing was, or could not be asked for."""
    parser = argparse.ArgumentParser(prog="python -m infra.advisories", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--required", action="store_true", help="fail where nobody could be asked")
    options = parser.parse_args(arguments)
    accepted = accepted_ids(ACCEPTED.read_text("utf-8"), dt.datetime.now(dt.UTC).date())
    asked = {name: partial(in_python, ROOT / name) for name in LOCKS}
    asked["frontend/package-lock.json"] = partial(in_npm, ROOT / "frontend")
    code = 0
    for name, ask in asked.items():
        try:
            found = ask()
        except NotAsked as error:
            sys.stderr.write(f"NOT AUDITED  {name}: {error}\n")
            code = code or (UNKNOWN if options.required else 0)
            continue
        left = [finding for finding in found if not accepted & set(finding.ids)]
        for finding in left:
            sys.stderr.write(f"VULNERABLE   {name}: {finding}\n")
        said = f"{len(left)} findings, {len(found) - len(left)} accepted"
        sys.stdout.write(f"audited      {name}: {said}\n")
        code = FOUND if left else code
    return code


if __name__ == "__main__":
    sys.exit(main())
