"""Finds a Chromium to test with, or gets one the way the platform allows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-color-emoji")
_DOWNLOAD_S = 300


class NoChromiumError(Exception):
    """There is no Chromium and none could be had; the message says what to install."""


def find_chromium(env: Mapping[str, str]) -> str | None:
    """Return the browser that CHROME names, else one that is installed, else None.

    Raises NoChromiumError where CHROME names nothing that runs.
    """
    named = env.get("CHROME")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoChromiumError(f"CHROME is {named!r}, which is no program: correct or unset it.")
        return found
    for name in (*INSTALLED, *_MAC):
        found = shutil.which(name)
        if found is not None:
            return found
    return None


def get_chromium(env: Mapping[str, str]) -> str | None:
    """Return the path of a Chromium; None means the one that Playwright downloaded for itself.

    Raises NoChromiumError, with the words of what was tried, where there is none.
    """
    found = find_chromium(env)
    if found is not None:
        return found
    tried = [_run([sys.executable, "-m", "playwright", "install", "chromium"])]
    if tried[-1] is None:
        return None
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        tried.append(_run(["apt-get", "update"]))
        tried.append(_run(["apt-get", "install", "-y", *_PACKAGES], quiet))
        found = find_chromium(env)
        if found is not None:
            return found
    reasons = "\n".join(reason for reason in tried if reason)
    raise NoChromiumError(
        "The browser tests need a Chromium, and none could be installed. Install Chromium or "
        f"Google Chrome, or name one with CHROME=/path/to/chrome. What was tried:\n{reasons}"
    )


def _run(command: list[str], more: Mapping[str, str] | None = None) -> str | None:
    """Run a command; return None if it succeeded, else its last words."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(more or {})},
            capture_output=True,
            text=True,
            timeout=_DOWNLOAD_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"  {' '.join(command)}: {error}"
    if done.returncode == 0:
        return None
    said = (done.stderr or done.stdout).strip()
    return f"  {' '.join(command)}: {said[-400:]}"


def arguments() -> list[str]:
    """Return Chromium's arguments: its sandbox does not start for root, as in most containers."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ["--no-sandbox"] if is_root else []


def axe_source(root: Path) -> str:
    """Return axe's code; raises FileNotFoundError with what to do where it is not installed."""
    path = root / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        message = f"{path} is missing: `make setup` installs what the browser tests need."
        raise FileNotFoundError(message)
    return path.read_text(encoding="utf-8")
