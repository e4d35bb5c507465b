"""The split refuses what it cannot do, and names functions so that a person knows the route."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

from infra.policies import Grant, GrantError, Grants
from infra.preflight import preflight
from infra.split import INTEGRATION, Route, Size, SplitError, split

SIZES = {"default": Size(512, 29)}
GRANTS = Grants(Grant(), Grant(), {"contacts": Grant()}, {}, {})
LIST = Route("GET", "/api/contacts", "contacts")
READ = Route("GET", "/api/contacts/{contact_id}", "contacts")


def chalice_template(*routes: Route) -> dict[str, Any]:
    """Return what `chalice package` makes of `routes`, as far as the split looks at it."""
    paths: dict[str, Any] = {}
    for route in routes:
        operation = {INTEGRATION: {"type": "aws_proxy", "uri": {"Fn::Sub": "${APIHandler.Arn}"}}}
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    body = {"info": {"title": "parley"}, "paths": paths}
    own = ("APIHandler", "APIHandlerInvokePermission", "ApiHandlerRole")
    return {
        "Outputs": {},
        "Resources": {
            "RestAPI": {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": body}},
            **{name: {"Type": "AWS::Serverless::Function", "Properties": {}} for name in own},
        },
    }


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/contacts", "ApiGetContacts"),
        ("GET", "/api/contacts/{contact_id}", "ApiGetContactsByContactId"),
        ("POST", "/api/campaigns/{id}/dry-run", "ApiPostCampaignsByIdDryRun"),
        ("GET", "/api/openapi.json", "ApiGetOpenapiJson"),
    ],
)
def test_a_function_is_named_for_its_route(method: str, path: str, name: str) -> None:
    """The name tells method and path, and is one that CloudFormation takes."""
    assert Route(method, path, "any").function == name


word = st.text("az09_.-", min_size=1, max_size=8)
segment = word | word.map(lambda name: f"{{{name}}}")


@given(st.sampled_from(["GET", "POST"]), st.lists(segment, max_size=5))
def test_every_path_gives_a_logical_id(method: str, parts: list[str]) -> None:
    """Whatever the path, the name is alphanumeric, as CloudFormation wants it."""
    name = Route(method, "/api/" + "/".join(parts), "any").function
    assert re.fullmatch(r"Api(Get|Post)[A-Za-z0-9]*", name)


def test_the_given_template_is_left_alone() -> None:
    """The split is pure: it returns another template."""
    template = chalice_template(LIST)
    done = split(template, [LIST], GRANTS, SIZES)
    assert template == chalice_template(LIST)
    assert "ApiGetContacts" in done["Resources"]
    assert "APIHandler" not in done["Resources"]


def test_every_path_answers_a_preflight_without_a_function() -> None:
    """OPTIONS is a mock integration that names the methods of its path."""
    write = Route("POST", LIST.path, "contacts")
    done = split(chalice_template(LIST, READ, write), [LIST, READ, write], GRANTS, SIZES)
    paths = done["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    assert paths[LIST.path]["options"] == preflight(["GET", "POST"])
    assert paths[READ.path]["options"] == preflight(["GET"])
    assert "ApiOptionsContacts" not in done["Resources"]


def test_two_routes_of_one_name_are_refused() -> None:
    """One would silently take the other's place."""
    twin = Route("GET", "/api/contacts/by/contact_id", "contacts")
    with pytest.raises(SplitError, match="would both be called ApiGetContactsByContactId"):
        split(chalice_template(READ, twin), [READ, twin], GRANTS, SIZES)


def test_an_integration_without_a_route_is_refused() -> None:
    """What Chalice declares must have a blueprint."""
    with pytest.raises(SplitError, match=r"no blueprint serves GET /api/contacts/\{contact_id\}"):
        split(chalice_template(LIST, READ), [LIST], GRANTS, SIZES)


def test_a_route_without_an_integration_is_refused() -> None:
    """A function that nothing calls would look deployed."""
    with pytest.raises(SplitError, match="no integration for GET /api/contacts/"):
        split(chalice_template(LIST), [LIST, READ], GRANTS, SIZES)


def test_a_size_for_no_route_is_refused() -> None:
    """A route that was renamed would silently lose its memory."""
    sizes = {**SIZES, "ApiPostLogin": Size(1769, 29)}
    with pytest.raises(SplitError, match="sizes ApiPostLogin, but no route is called so"):
        split(chalice_template(LIST), [LIST], GRANTS, sizes)


def test_a_blueprint_without_a_grant_is_refused() -> None:
    """A new blueprint gets no permission by accident, and none is forgotten."""
    other = Route("GET", "/api/segments", "segments")
    with pytest.raises(GrantError, match="no entry 'segments'"):
        split(chalice_template(other), [other], GRANTS, SIZES)


def test_an_app_without_routes_is_refused() -> None:
    """Chalice makes no handler then, and there is nothing to split."""
    template = chalice_template(LIST)
    del template["Resources"]["APIHandler"]
    with pytest.raises(SplitError, match="without routes"):
        split(template, [LIST], GRANTS, SIZES)


def many(count: int) -> list[Route]:
    """Return so many routes of one blueprint."""
    return [Route("GET", f"/api/contacts/r{n}", "contacts") for n in range(count)]


def test_a_stack_that_is_too_large_is_refused() -> None:
    """CloudFormation refuses more than 500 resources only after minutes of work."""
    routes = many(485)
    with pytest.raises(SplitError, match="a stack takes 485"):
        split(chalice_template(*routes), routes, GRANTS, SIZES)


def test_functions_that_may_do_the_same_share_a_role_and_others_do_not() -> None:
    """A role is its policy: one that differs in a word is another, and adding a route keeps all."""
    write = Route("POST", "/api/contacts", "contacts")
    more = {"GET /api/contacts/{contact_id}": Grant(look=True)}
    own = {"contacts": Grant(write=frozenset({"contacts"}))}
    grants = Grants(Grant(), Grant(), own, more, {})

    def roles_of(*routes: Route) -> dict[str, str]:
        done = split(chalice_template(*routes), list(routes), grants, SIZES)["Resources"]
        return {
            route.function: done[route.function]["Properties"]["Role"]["Fn::GetAtt"][0]
            for route in routes
        }

    roles = roles_of(LIST, READ, write, *many(3))
    assert roles["ApiGetContacts"] == roles["ApiGetContactsR0"] == roles["ApiGetContactsR2"]
    assert len(set(roles.values())) == 3
    fewer = roles_of(LIST, READ, write)
    assert fewer == {name: roles[name] for name in fewer}
