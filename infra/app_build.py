"""The step of the build that imports the app: `chalice package`, and whose each route is.

It runs in a process of its own, so that the app that is packaged is the staged copy, and its import
cannot touch the builder's:

    python app_build.py STAGED_PROJECT STAGE MERGE_TEMPLATE OUT
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from chalice.cli import cli


def routes_by_blueprint() -> dict[str, list[list[str]]]:
    """Return {blueprint: [[method, path], ...]}, by the module in which each view was written.

    Registering each blueprint alone would not do: once registered, it forgets its methods.
    """
    package = import_module("chalicelib.handlers")
    found: dict[str, list[list[str]]] = {name: [] for name in package.BLUEPRINTS}
    for path, methods in import_module("app").app.routes.items():
        for method, route in methods.items():
            module = route.view_function.__module__
            name = module.removeprefix(f"{package.__name__}.").split(".")[0]
            if name not in found:
                sys.exit(f"{method} {path} is served by {module}, which is no blueprint's")
            found[name].append([method, path])
    return {name: sorted(pairs) for name, pairs in found.items()}


def main(project: str, stage: str, merge_template: str, out: str) -> None:
    """Write sam.json, deployment.zip (code only) and routes.json into `out`."""
    os.chdir(project)
    sys.path.insert(0, project)
    command = ["--project-dir", project, "package", "--stage", stage]
    cli.main([*command, "--merge-template", merge_template, out], obj={}, standalone_mode=False)
    Path(out, "routes.json").write_text(json.dumps(routes_by_blueprint()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
