"""What others rely on: the OpenAPI document, problem+json, Meta's payloads, a foreign client."""
