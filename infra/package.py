"""Builds what is deployed: build/template.json and build/deployment.zip.

    python -m infra.package [--stage prod] [--bucket BUCKET] [--out build] [--local]

Chalice makes the first half (a SAM template with one function for all routes, a zip of the code);
the split into one function per route, the resources and the dependencies are added here. The same
sources give the same bytes. With `--bucket` the template takes the code from that bucket, by a key
that is the zip's own digest, so that `aws cloudformation deploy` takes it as it is. Do not send it
through `aws cloudformation package`: it indents by four, and CloudFormation takes 1 MB.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.archive import append_entries, read_archive
from infra.bytecode import BytecodeError, byte_code
from infra.policies import GrantError, read_grants
from infra.resources import fragment
from infra.split import Route, Size, SplitError, split
from infra.vendor import (
    LAMBDA_PYTHON,
    VendorError,
    host_target,
    lambda_target,
    vendor_archive,
)

ROOT = Path(__file__).resolve().parent.parent
STAGED = ("app.py", "chalicelib", ".chalice")
# Ceilings of CloudFormation (a template in S3) and Lambda (an unpacked zip).
MAX_TEMPLATE_BYTES = 1_000_000
MAX_UNPACKED_BYTES = 250 * 1024 * 1024


class PackageError(Exception):
    """The build cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a build made."""

    template_path: Path
    archive_path: Path
    template: dict[str, Any]
    routes: list[Route]


def build(
    out: Path,
    *,
    root: Path = ROOT,
    stage: str = "dev",
    bucket: str = "",
    local: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Package:
    """Build the project at `root` into `out`; about 2 s when the dependencies are cached.

    With `bucket` the functions take their code from there, once `code_key` of the zip is uploaded.
    With `local` the zip holds the dependencies for this interpreter and machine, for an emulator
    that runs functions with it; the template is the same. Raises PackageError, SplitError,
    GrantError, VendorError or BytecodeError, whose messages say what to do.
    """
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    tell(f"stage      {', '.join(STAGED)}")
    staged = _stage(root, out / "stage")
    tell("chalice    package")
    made = _run_chalice(staged, stage, out / "chalice")
    routes = [
        Route(method, path, blueprint)
        for blueprint, pairs in _read_json(made / "routes.json").items()
        for method, path in pairs
    ]
    tell(f"split      one function for each of {len(routes)} routes")
    whole = _read_json(made / "sam.json")
    template = _finish(split(whole, routes, read_grants(), _sizes(root, stage)), stage, root)
    tell("vendor     requirements.txt")
    target = host_target() if local else lambda_target()
    vendored, cached = vendor_archive(root / "requirements.txt", target, out / "vendor")
    tell(f"vendor     {target.name}{', cached' if cached else ''}")
    if not (local or target.python):
        tell(f"byte code  none: no python{LAMBDA_PYTHON} is here; each cold start compiles, 0.7 s")
    archive = _write_zip(out / "deployment.zip", vendored, made / "deployment.zip", target.python)
    if bucket:
        template = with_code(template, bucket, code_key(archive))
    return Package(_write_template(out / "template.json", template), archive, template, routes)


def code_key(archive: Path) -> str:
    """Return the key of a built zip in its bucket: other code has another key."""
    return f"{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"


def with_code(template: dict[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """Return a copy of `template` whose functions take their code from s3://bucket/key."""
    copy: dict[str, Any] = json.loads(json.dumps(template))
    for resource in copy["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    return copy


def _stage(root: Path, staged: Path) -> Path:
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name in STAGED:
        source = root / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "deployments", "deployed")
            shutil.copytree(source, staged / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, staged / name)
        else:
            message = f"{name} is not there; run this from a whole checkout"
            raise PackageError(message)
    # Empty, so that chalice resolves nothing: it cannot choose wheels for a Python it does not run.
    (staged / "requirements.txt").touch()
    return staged


def _run_chalice(staged: Path, stage: str, out: Path) -> Path:
    """Package the staged project with our resources merged in; about a second."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    merge = out / "merge.json"
    merge.write_text(json.dumps(fragment()), encoding="utf-8")
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    env.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # chalice asks; the template names none
    for name in ("BLUEPRINT", "AWS_PROFILE"):
        env.pop(name, None)
    script = Path(__file__).with_name("app_build.py")
    # -P: modules of infra/ are not to be found by their bare names.
    command = [sys.executable, "-P", str(script), str(staged), stage, str(merge), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode != 0:
        message = f"chalice package failed:\n{(done.stderr or done.stdout).strip()[-4000:]}"
        raise PackageError(message)
    return out


def _sizes(root: Path, stage: str) -> dict[str, Size]:
    """Return the sizes in .chalice/config.json; a stage's go before what holds for all."""
    config = _read_json(root / ".chalice" / "config.json")
    layers = [config, config.get("stages", {}).get(stage, {})]
    sizes = {"default": _size({key: value for layer in layers for key, value in layer.items()})}
    names = {name for layer in layers for name in layer.get("lambda_functions", {})}
    for name in names:
        own: dict[str, Any] = {}
        for layer in layers:
            own.update(layer)
            own.update(layer.get("lambda_functions", {}).get(name, {}))
        sizes[name] = _size(own)
    return sizes


def _size(values: dict[str, Any]) -> Size:
    return Size(int(values["lambda_memory_size"]), int(values["lambda_timeout"]))


def _finish(template: dict[str, Any], stage: str, root: Path) -> dict[str, Any]:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    template["Description"] = "Parley: WhatsApp Business messaging for many tenants."
    template["Parameters"]["Stage"]["Default"] = stage
    template["Parameters"]["Version"]["Default"] = project["version"]
    return template


def _as_text(template: dict[str, Any]) -> str:
    """Return the template as JSON, a line for each resource: indented it would be twice as long."""

    def compact(value: object) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    sections = []
    for name in sorted(template):
        section = template[name]
        if isinstance(section, dict):
            lines = ",\n".join(
                f"  {compact(key)}: {compact(section[key])}" for key in sorted(section)
            )
            sections.append(f"{compact(name)}: {{\n{lines}\n}}")
        else:
            sections.append(f"{compact(name)}: {compact(section)}")
    return "{" + ",\n".join(sections) + "}\n"


def _write_template(path: Path, template: dict[str, Any]) -> Path:
    text = _as_text(template)
    if len(text) > MAX_TEMPLATE_BYTES:
        message = f"the template has {len(text)} bytes; CloudFormation takes {MAX_TEMPLATE_BYTES}"
        raise PackageError(message)
    path.write_text(text, encoding="utf-8")
    return path


def _write_zip(path: Path, vendored: Path, code: Path, python: str | None) -> Path:
    """Put dependencies and code together; with byte code where `python` can compile it."""
    unfinished = path.with_suffix(".unfinished")
    shutil.copyfile(vendored, unfinished)
    own = read_archive(code)
    append_entries(unfinished, [*own, *(byte_code(own, python) if python else [])])
    with zipfile.ZipFile(unfinished) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        message = f"unpacked the zip has {unpacked} bytes; Lambda takes {MAX_UNPACKED_BYTES}"
        raise PackageError(message)
    unfinished.replace(path)
    return path


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _summary(package: Package, seconds: float) -> str:
    resources = package.template["Resources"].values()
    functions = sum(1 for r in resources if r["Type"] == "AWS::Serverless::Function")
    with zipfile.ZipFile(package.archive_path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist()) / 1e6
    packed = package.archive_path.stat().st_size / 1e6
    size = package.template_path.stat().st_size / 1e3
    return (
        f"{package.template_path}   {len(resources)} resources, {functions} functions "
        f"({len(package.routes)} routes), {size:.0f} kB\n"
        f"{package.archive_path}   {packed:.1f} MB, {unpacked:.1f} MB unpacked\n"
        f"done in {seconds:.1f} s"
    )


def _next_steps(package: Package, stage: str, bucket: str) -> str:
    return (
        "Now deploy it:\n"
        f"  aws s3 cp {package.archive_path} s3://{bucket}/{code_key(package.archive_path)}\n"
        f"  aws cloudformation deploy --template-file {package.template_path} \\\n"
        f"      --s3-bucket {bucket} --stack-name parley-{stage} \\\n"
        f"      --parameter-overrides Stage={stage} \\\n"
        "      --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
    )


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Build as the command line asks; exit code 0, or 1 with what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--stage", default="dev", help="name of the deployment (default: dev)")
    parser.add_argument("--bucket", default="", help="the bucket that the zip will be uploaded to")
    parser.add_argument("--out", type=Path, default=Path("build"), help="where to build")
    parser.add_argument(
        "--local", action="store_true", help="dependencies for this machine, not for Lambda's"
    )
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        package = build(
            options.out,
            stage=options.stage,
            bucket=options.bucket,
            local=options.local,
            tell=_tell,
        )
    except (PackageError, SplitError, GrantError, VendorError, BytecodeError) as error:
        sys.stderr.write(f"infra.package: {error}\n")
        return 1
    sys.stdout.write(_summary(package, time.monotonic() - started) + "\n")
    if options.bucket:
        sys.stdout.write(_next_steps(package, options.stage, options.bucket) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
