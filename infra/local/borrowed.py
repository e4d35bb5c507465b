"""An AWS that is already there: is it one, can it do what is asked, and leave it as it was found.

It is whatever AWS_ENDPOINT_URL names: LocalStack, another MiniStack. Only what AWS itself has is
asked of it, and only the CloudFormation stack of one stage is touched.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx

from infra.local.cloudformation import Deployer, DeployError, reported
from infra.local.endpoint import Endpoint

_PATIENCE_S = 10.0


def take(endpoint: Endpoint, *, packaged: bool, fresh: bool, say: Callable[[str], None]) -> bool:
    """See that the AWS can be used; return whether it holds data of this stage to go on with.

    With `fresh` what is there is deleted. Raises DeployError if no AWS answers, or if functions are
    to run in it (`packaged`) that could not be called.
    """
    deployer = Deployer(endpoint.environment, endpoint.stage)
    deployer.check_answers()
    if packaged and not _calls_functions(endpoint):
        raise DeployError(
            "The packaged functions need an emulator that gives each of them an address below "
            f"{endpoint.url}/_aws/lambda-url/, as MiniStack does. Run without --lambda, "
            "or `unset AWS_ENDPOINT_URL`: Parley then starts a MiniStack of its own."
        )
    say(f"Using the AWS at {endpoint.url} (AWS_ENDPOINT_URL), stage {endpoint.stage}")
    if fresh:
        remove(endpoint)
        return False
    return deployer.exists()


def remove(endpoint: Endpoint) -> None:
    """Delete all that a stage has in the AWS, if it has anything. Raises DeployError."""
    with reported():
        Deployer(endpoint.environment, endpoint.stage).delete()


def _calls_functions(endpoint: Endpoint) -> bool:
    """Say whether the AWS knows MiniStack's addresses of functions; LocalStack has others."""
    try:
        answer = httpx.get(f"{endpoint.url}/_aws/lambda-url/no-such-function/", timeout=_PATIENCE_S)
    except httpx.HTTPError:
        return False
    return "ResourceNotFoundException" in answer.text
