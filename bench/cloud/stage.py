"""Makes this process one of the bench's own stage. Imported before anything of chalicelib, whose
models read the environment as they are made; a bench runs in a process of its own.
"""

from __future__ import annotations

import os

PREFIX = "parley-bench-"
QUEUES = ("plan", "send", "inbound", "imports")
ENVIRONMENT = {
    "STAGE": "bench",
    "TABLE_PREFIX": PREFIX,
    "BUCKET": "parley-bench",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_EC2_METADATA_DISABLED": "true",
    "LOG_LEVEL": "CRITICAL",
    **{f"{name.upper()}_QUEUE_URL": f"https://sqs.invalid/0/{name}" for name in QUEUES},
}

for _name in [one for one in os.environ if one.startswith(("AWS_", "GRAPH_"))]:
    del os.environ[_name]
os.environ.update(ENVIRONMENT)
