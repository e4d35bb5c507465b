"""The note on disk of the campaign that was begun, so that a later run finishes that one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Marker:
    """The file that names the campaign that was begun."""

    path: Path

    def read(self) -> str | None:
        """Return the id of the campaign, or None if none was begun."""
        campaign_id = self._content().get("campaign_id")
        return None if campaign_id is None else str(campaign_id)

    def is_spoilt(self) -> bool:
        """Say whether `spoil` was called since the data was begun."""
        return "spoilt" in self._content()

    def write(self, campaign_id: str) -> None:
        """Note the campaign; it is on disk when this returns."""
        self._put({"campaign_id": campaign_id})

    def spoil(self) -> None:
        """Note that the data beside this file has lost a part and is good for nothing."""
        self._put({"spoilt": "yes"})

    def clear(self) -> None:
        """Forget the campaign."""
        self.path.unlink(missing_ok=True)

    def _content(self) -> dict[str, str]:
        try:
            content: dict[str, str] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        return content

    def _put(self, content: dict[str, str]) -> None:
        draft = self.path.with_suffix(".tmp")
        draft.write_text(json.dumps(content))
        draft.replace(self.path)
