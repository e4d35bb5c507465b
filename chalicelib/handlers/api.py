"""The Chalice app of all routes, or of those that a deployed function serves."""

from __future__ import annotations

from importlib import import_module

from chalice import Chalice

from chalicelib.core.config import settings
from chalicelib.handlers import BLUEPRINTS

# Chalice would set up the logger of this name, which is ours, to lose all below ERROR.
app = Chalice(app_name="parley", configure_logs=False)
app.api.binary_types.extend(["text/csv", "multipart/form-data"])
# A function serves one route and loads only that route's blueprint, which BLUEPRINT names.
for name in (settings().blueprint,) if settings().blueprint else BLUEPRINTS:
    app.register_blueprint(import_module(f"chalicelib.handlers.{name}").blueprint)
