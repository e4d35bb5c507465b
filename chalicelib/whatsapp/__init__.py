"""Meta's WhatsApp Cloud API: calls, errors, webhooks, templates. httpx lives only here."""
