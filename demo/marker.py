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
        try:
            return str(json.loads(self.path.read_text())["campaign_id"])
        except FileNotFoundError:
            return None

    def write(self, campaign_id: str) -> None:
        """Note the campaign; it is on disk when this returns."""
        draft = self.path.with_suffix(".tmp")
        draft.write_text(json.dumps({"campaign_id": campaign_id}))
        draft.replace(self.path)

    def clear(self) -> None:
        """Forget the campaign."""
        self.path.unlink(missing_ok=True)
