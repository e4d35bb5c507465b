"""Consumers of the SQS queues, each a Lambda of its own; none of them imports the API's routes."""
