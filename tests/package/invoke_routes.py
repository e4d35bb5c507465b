"""Runs in an interpreter that sees the unpacked zip alone, as one deployed function does.

    python -I -S invoke_routes.py SITE < [[method, path], ...]

It prints what the function of each route answers to an event of API Gateway without credentials,
which routes its app has, and which modules were loaded.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any


def gateway_event(method: str, path: str) -> dict[str, Any]:
    """Return the event of a REST API's proxy integration for one request."""
    values = {name: f"{name}-of-nobody" for name in re.findall(r"\{(\w+)\}", path)}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return {
        "resource": path,
        "path": path.format(**values),
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": values or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": f"/live{path}",
            "stage": "live",
            "requestId": "11111111-2222-3333-4444-555555555555",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": None if method in {"GET", "DELETE"} else "{}",
        "isBase64Encoded": False,
    }


def main(site: str) -> None:
    """Import the app as Lambda does and call it once for each route on standard input."""
    sys.path.insert(0, site)
    from app import app

    answers = []
    for method, path in json.load(sys.stdin):
        answer = app(gateway_event(method, path), None)
        answers.append(
            {
                "route": f"{method} {path}",
                "status": answer["statusCode"],
                "type": answer["multiValueHeaders"].get("Content-Type", [""])[0]
                if "Content-Type" in answer["multiValueHeaders"]
                else answer["headers"].get("Content-Type", ""),
                "body": answer["body"],
            }
        )
    routes = [[m, path] for path, methods in app.routes.items() for m in methods]
    print(json.dumps({"answers": answers, "routes": routes, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    main(sys.argv[1])
