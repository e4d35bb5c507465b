"""Queues, races, kills and whole campaigns, on MiniStack or on what AWS_ENDPOINT_URL names."""
