"""A faithful, faultable WhatsApp Cloud API: Meta's side of the wire, for development and tests.

Import direction: `control`, `graph` and `page` (transport) use `sandbox` (the running world), which
uses `webhooks` and `rules`; `rules` are pure functions over `model` and know nothing of HTTP or
time. Everything runs on one asyncio thread and no rule awaits, so a rule sees and leaves a
consistent world.
"""
