"""Where Chalice looks for the app of an API's function. Nothing is imported before chalicelib."""

from __future__ import annotations

from chalicelib.handlers.api import app

__all__ = ["app"]
