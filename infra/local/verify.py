"""Asks a running stack whether each of its services works: `python -m infra.local.verify [URL]`."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import httpx

from infra.local.ports import PortError, read_ports

ATTEMPTS = 5
TIMEOUT_S = 5.0
PAUSE_S = 2.0


def main(argv: list[str]) -> int:
    """Print the state of each service; return 0 if all work, else 1."""
    try:
        base = argv[0].rstrip("/") if argv else read_ports(os.environ).api.url
    except PortError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    url = f"{base}/api/health"
    for attempt in range(1, ATTEMPTS + 1):
        health, trouble = _ask(url)
        if health is not None and health.get("status") == "ok":
            sys.stdout.write(_table(health))
            return 0
        shown = _table(health) if health is not None else f"{trouble}\n"
        sys.stdout.write(f"Attempt {attempt} of {ATTEMPTS}: {shown}")
        if attempt < ATTEMPTS:
            time.sleep(PAUSE_S)
    sys.stdout.write(f"{url} is not healthy. If nothing runs, `make run` starts it.\n")
    return 1


def _ask(url: str) -> tuple[dict[str, Any] | None, str]:
    """Return the health that `url` tells, or None and why there is none."""
    try:
        answer = httpx.get(url, timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        return None, f"{url} gives no answer: {error}"
    try:
        body = answer.json()
    except ValueError:
        return None, f"{url} answered {answer.status_code}, and not in JSON"
    if not isinstance(body, dict) or "services" not in body:
        return None, f"{url} answered {answer.status_code}: {answer.text[:200]}"
    return body, ""


def _table(health: dict[str, Any]) -> str:
    lines = [f"{health['status']} (version {health.get('version', '?')})"]
    for name, service in health["services"].items():
        detail = f"  {service['detail']}" if service.get("detail") else ""
        lines.append(f"  {name:12} {service['status']:6} {service['latency_ms']} ms{detail}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
