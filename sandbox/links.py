"""Media that a sender names by link: fetched once, with limits, and kept ten minutes per URL.

Only what a check needs is kept (type and size), not the bytes.
"""

import asyncio
from dataclasses import dataclass, field

import httpx

from .clock import Clock
from .rules.media import LARGEST, kind_problem, true_type

_KEPT_S = 600.0
_TIMEOUT_S, _WHOLE_TIMEOUT_S = 10.0, 60.0
_MOST = 10_000
_HEAD = 64


@dataclass(frozen=True)
class _Fetched:
    """What a fetch found. `problem` says why there is no file, else it is empty."""

    until: float
    mime_type: str = ""
    size: int = 0
    problem: str = ""


@dataclass
class Links:
    """The files behind links. One fetch per URL is in flight at a time."""

    client: httpx.AsyncClient
    clock: Clock
    _known: dict[str, _Fetched] = field(default_factory=dict)
    _fetching: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def problem(self, kind: str, url: str) -> str | None:
        """Return why the file cannot be sent as `kind`, "" if it can, None while it is fetched.

        The first question about a URL starts its fetch; ask again later.
        """
        found = self._known.get(url)
        if found is None or found.until <= self.clock.now():
            if url not in self._fetching:
                self._fetching[url] = asyncio.create_task(self._fetch(url))
            return None
        return found.problem or kind_problem(kind, found.mime_type, found.size)

    def close(self) -> None:
        """Give up what is being fetched."""
        for task in self._fetching.values():
            task.cancel()

    async def _fetch(self, url: str) -> None:
        """Fetch `url` and keep what was found, a failure as well."""
        try:
            async with asyncio.timeout(_WHOLE_TIMEOUT_S):
                mime_type, size, problem = await self._read(url)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
            mime_type, size, problem = "", 0, f"{type(error).__name__}: {error}"
        finally:
            self._fetching.pop(url, None)
        now = self.clock.now()
        if len(self._known) >= _MOST:
            self._known = {u: f for u, f in self._known.items() if f.until > now}
        if problem:
            problem = f"Media download failed from the link: {problem}"
        self._known[url] = _Fetched(now + _KEPT_S, mime_type, size, problem)

    async def _read(self, url: str) -> tuple[str, int, str]:
        """Return type, size and problem of the file behind `url`, reading no more than allowed."""
        async with self.client.stream(
            "GET", url, follow_redirects=True, timeout=_TIMEOUT_S
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                return "", 0, f"HTTP code {answer.status_code}"
            head, size = b"", 0
            async for piece in answer.aiter_bytes():
                head += piece[: _HEAD - len(head)] if len(head) < _HEAD else b""
                size += len(piece)
                if size > LARGEST:
                    return "", size, f"the file has more than {LARGEST} bytes"
            declared = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return true_type(head, declared), size, ""
