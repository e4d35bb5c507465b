"""Webhooks as Meta sends them: payloads, exact bytes, signatures, batches and retries."""
