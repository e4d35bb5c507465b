"""The context that the Lambda runtime gives a handler, for handlers that run outside Lambda."""

from __future__ import annotations

import time
import uuid


class LambdaContext:
    """What a handler may ask of its runtime; the names are AWS's own."""

    def __init__(self, function_name: str, *, timeout_s: float, memory_mb: int) -> None:
        """Begin an invocation of `function_name` that may take `timeout_s`."""
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = memory_mb
        self.invoked_function_arn = (
            f"arn:aws:lambda:us-east-1:000000000000:function:{function_name}"
        )
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self._deadline = time.monotonic() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left before the runtime would end the invocation."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))
