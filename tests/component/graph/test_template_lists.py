"""Lists of templates: filters, all languages of a name together, and pages that never split one."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.core.context import TenantContext
from chalicelib.storage.templates import Templates
from tests.component import cloud
from tests.component.api_client import ApiClient
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import create, stored


def test_filters(api: ApiClient, ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Each filter, and several together, leave exactly the templates that fit."""
    stored(ctx, "a", status="PAUSED", quality_score="RED")
    stored(ctx, "b", "de", category="MARKETING")
    stored(ctx, "c", "de", quality_score="GREEN")
    stored(other_ctx, "d")

    def names(**wanted: str) -> set[str]:
        answer = api.get("/api/templates", params=wanted)
        assert answer.status == 200, answer.text
        return {item["name"] for item in answer.body["items"]}

    assert names() == {"a", "b", "c"}
    assert names(status="paused") == {"a"}
    assert names(category="MARKETING") == {"b"}
    assert names(language="de") == {"b", "c"}
    assert names(quality="GREEN") == {"c"}
    assert names(quality="UNKNOWN") == {"b"}
    assert names(language="de", category="UTILITY") == {"c"}
    assert names(name="b") == {"b"}
    assert names(status="BRAND_NEW") == set()
    assert api.get("/api/templates", params={"category": "NEWS"}).status == 422
    assert api.get("/api/templates", params={"number_id": "num_x"}).status == 404


def test_filtered_pages_are_full(api: ApiClient, ctx: TenantContext) -> None:
    """A filtered list reads on until its page is full, and its cursor goes on where it ended."""
    for n in range(30):
        stored(ctx, f"n{n}", status="PAUSED" if n % 10 == 0 else "APPROVED")
    first = api.get("/api/templates", params={"status": "PAUSED", "limit": 2}).body
    assert len(first["items"]) == 2
    cursor = first["next_cursor"]
    rest = api.get("/api/templates", params={"status": "PAUSED", "limit": 2, "cursor": cursor}).body
    found = [item["name"] for item in first["items"] + rest["items"]]
    assert sorted(found) == ["n0", "n10", "n20"]
    other = api.get("/api/templates", params={"status": "APPROVED", "cursor": cursor})
    assert (other.status, other.body["code"]) == (422, "invalid_cursor")


def test_languages_of_a_name(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """`name` gives all languages of exactly that name; a number, those of its account."""
    for language in ("fr", "de", "en_US"):
        create(ctx, number_id, language=language)
    create(ctx, number_id, name="order_update_2")
    stored(ctx, "order_update", "es")
    found = api.get("/api/templates", params={"name": "order_update"}).body["items"]
    assert sorted(item["language"] for item in found) == ["de", "en_US", "es", "fr"]
    of_number = api.get("/api/templates", params={"name": "order_update", "number_id": number_id})
    languages = [item["language"] for item in of_number.body["items"]]
    assert languages == ["de", "en_US", "fr"]
    groups = api.get("/api/templates/names", params={"number_id": number_id}).body["items"]
    assert [(g["name"], len(g["languages"])) for g in groups] == [
        ("order_update", 3),
        ("order_update_2", 1),
    ]
    assert {t["status"] for t in groups[0]["languages"]} == {"PENDING"}


def test_prefix_of_names(api: ApiClient, ctx: TenantContext) -> None:
    """The grouped list can be narrowed to names that begin alike."""
    for name in ("sale", "sale_2", "sales", "news"):
        stored(ctx, name)
    found = api.get("/api/templates/names", params={"name": "sale"}).body["items"]
    assert [group["name"] for group in found] == ["sale", "sale_2", "sales"]


NAMES = st.text(alphabet="ab_1", min_size=1, max_size=3)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sets(
        st.tuples(NAMES, st.sampled_from(["2001", "2002"]), st.sampled_from(["de", "en"])),
        max_size=12,
    ),
    st.integers(1, 4),
)
def test_pages_of_names_are_whole(
    ctx: TenantContext, wanted: set[tuple[str, str, str]], limit: int
) -> None:
    """Whatever the names and the size of a page, each name comes once, in order, with all of it."""
    cloud.empty()
    for name, waba_id, language in wanted:
        stored(ctx, name, language, waba_id=waba_id)
    seen: list[tuple[str, str, frozenset[str]]] = []
    cursor: str | None = None
    while True:
        page = Templates(ctx).names(limit, cursor, "")
        assert len(page.groups) <= limit
        seen += [
            (rows[0].name, rows[0].waba_id, frozenset(row.language for row in rows))
            for rows in page.groups
        ]
        cursor = page.next_cursor
        if cursor is None:
            break
    groups = {(name, waba_id) for name, waba_id, _ in wanted}
    expected = {
        (name, waba_id, frozenset(one[2] for one in wanted if one[:2] == (name, waba_id)))
        for name, waba_id in groups
    }
    assert len(seen) == len(expected)
    assert set(seen) == expected
    assert [name for name, _, _ in seen] == sorted(
        (name for name, _ in groups), key=lambda n: n + "#"
    )
