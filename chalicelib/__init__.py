"""Parley's back end: handlers call services, services storage and WhatsApp, never back."""

from __future__ import annotations

import gc

# What an import makes, stays: to look through it for garbage takes a fifth of a cold start. Nor is
# there much in a request that reference counts do not free. Python's own threshold is 700.
gc.set_threshold(150_000)
