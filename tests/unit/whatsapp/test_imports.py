"""What a webhook's cold start pays for."""

from __future__ import annotations

import subprocess
import sys

import pytest

_CODE = """
import sys
before = set(sys.modules)
import {module}
loaded = {{name.split(".")[0] for name in set(sys.modules) - before}}
print(",".join(sorted(loaded - set(sys.stdlib_module_names) - {{"chalicelib"}})))
"""


@pytest.mark.parametrize(
    "module",
    [
        "chalicelib.whatsapp.webhooks",
        "chalicelib.whatsapp.signature",
        "chalicelib.whatsapp.template_shape",
        "chalicelib.whatsapp.template_text",
        "chalicelib.whatsapp.messages",
    ],
)
def test_only_the_standard_library(module: str) -> None:
    """What every webhook or message needs imports nothing but the standard library."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE.format(module=module)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == ""
