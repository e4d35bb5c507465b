"""The zip of what requirements.txt names, made once for each set of requirements and target.

pip only fetches: requirements.txt holds the whole closure with the hashes of its files, so nothing
is resolved here, nothing is built, and nothing is taken that differs from what was locked. A
package without a wheel for the target is an error that names it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from infra.archive import Entry, write_archive
from infra.bytecode import byte_code, interpreter_of

# Where Lambda's python3.13 on arm64 runs: Amazon Linux 2023, glibc 2.34.
LAMBDA_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")
LAMBDA_PYTHON = "3.13"

# The AWS services that chalicelib calls; botocore's models of all others stay out (tests/package
# proves that each client that the code asks for can be made from the zip).
AWS_SERVICES = frozenset({"dynamodb", "kms", "s3", "scheduler", "secretsmanager", "sesv2", "sqs"})
# Descriptions of places and carriers (43 MB), which phonenumbers reads only when asked for them.
# And of Pillow what thumbnails do without: AVIF, fonts, colour profiles, Tk.
DROPPED = (
    "phonenumbers/geodata/",
    "phonenumbers/carrierdata/",
    "chalice/",
    "PIL/_avif",
    "PIL/_imagingft",
    "PIL/_imagingcms",
    "PIL/_imagingtk",
    "pillow.libs/libavif",
    "pillow.libs/libharfbuzz",
    "pillow.libs/libfreetype",
    "pillow.libs/libbrotli",
    "pillow.libs/libpng16",
    "pillow.libs/liblcms2",
)
DROPPED_FOLDERS = frozenset({"__pycache__", "tests", "test", "bin"})
DROPPED_SUFFIXES = (".pyc", ".pyi", ".pyx", ".pxd", ".h", ".c")

# Bump when what is put in changes, so that old caches are not used.
RECIPE = "3"


class VendorError(Exception):
    """The dependencies cannot be had for the target; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """An interpreter and platform that the zip is to run on.

    `python` is an interpreter of its version that can compile for it; None where there is none, or
    where the zip is unpacked to a disk that keeps what is compiled there.
    """

    name: str
    pip_options: tuple[str, ...]
    python: str | None = None


def lambda_target() -> Target:
    """Return Lambda's own: python3.13 on arm64, wheels only, whatever builds."""
    options = ["--only-binary=:all:", "--implementation=cp", f"--python-version={LAMBDA_PYTHON}"]
    options += [f"--platform={platform}" for platform in LAMBDA_PLATFORMS]
    abi = "cp" + LAMBDA_PYTHON.replace(".", "")
    options += [f"--abi={abi}", "--abi=abi3", "--abi=none"]
    return Target("lambda", tuple(options), interpreter_of(LAMBDA_PYTHON))


def host_target() -> Target:
    """Return this interpreter's own, for an emulator that runs functions with it."""
    name = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    return Target(name, ("--only-binary=:all:",))


def vendor_archive(requirements: Path, target: Target, cache: Path) -> tuple[Path, bool]:
    """Return the zip of the dependencies and whether it was there already.

    About 30 s when it was not. Raises VendorError when something is not pinned and hashed, a wheel
    is missing or is not the one that was locked, or pip fails.
    """
    pinned = _pinned(requirements)
    compiled = "compiled" if target.python else "sources"
    key = "\n".join([RECIPE, target.name, compiled, *target.pip_options, *pinned])
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    archive = cache / f"{target.name}-{digest}.zip"
    if archive.exists():
        return archive, True
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        root = Path(folder, "site")
        _install(requirements, target, root)
        unfinished = Path(folder, "unfinished.zip")
        entries = list(_entries(root))
        compiled_too = byte_code(entries, target.python) if target.python else []
        write_archive(unfinished, [*entries, *compiled_too])
        unfinished.replace(archive)
    return archive, False


def _pinned(requirements: Path) -> list[str]:
    """Return each requirement with its hashes as one line."""
    text = requirements.read_text("utf-8").replace("\\\n", " ")
    lines = [" ".join(line.split("#")[0].split()) for line in text.splitlines()]
    found = sorted(line for line in lines if line)
    loose = [line for line in found if "==" not in line]
    if loose:
        message = f"{requirements.name}: pin {', '.join(loose)} with =="
        raise VendorError(message)
    bare = [line for line in found if "--hash=sha256:" not in line]
    if bare:
        message = f"{requirements.name}: {', '.join(bare)} has no hash; write it with `make lock`"
        raise VendorError(message)
    return found


def _install(requirements: Path, target: Target, root: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    command += ["--require-hashes"]
    command += ["--disable-pip-version-check", "--target", str(root), *target.pip_options]
    command += ["-r", str(requirements)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""}
    )
    if done.returncode == 0:
        return
    shutil.rmtree(root, ignore_errors=True)
    missing = re.findall(r"No matching distribution found for (\S+)", done.stderr)
    if missing:
        message = (
            f"{', '.join(sorted(set(missing)))} has no wheel for {target.name} "
            f"(Python {LAMBDA_PYTHON}, arm64). Pin a version that has one, or another package."
            if target.name == "lambda"
            else f"{', '.join(sorted(set(missing)))} has no wheel for {target.name}."
        )
        raise VendorError(message)
    message = f"pip failed with exit code {done.returncode}:\n{done.stderr.strip()[-2000:]}"
    raise VendorError(message)


def _entries(root: Path) -> Iterator[Entry]:
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and is_wanted(name):
            yield Entry(name, path.read_bytes())


def is_wanted(name: str) -> bool:
    """Say whether a file of an installed package is needed at run time."""
    parts = PurePosixPath(name).parts
    if name.endswith(DROPPED_SUFFIXES) or DROPPED_FOLDERS & set(parts[:-1]):
        return False
    if name.startswith(DROPPED):
        return False
    if parts[0].endswith(".dist-info"):
        return parts[1] == "METADATA"  # what importlib.metadata.version() reads
    if parts[:2] == ("botocore", "data") and len(parts) > 3:
        return parts[2] in AWS_SERVICES
    return True
