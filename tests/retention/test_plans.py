"""What a plan says stays, goes, and comes free."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Script, Sent, Tap
from typed_artifacts import (
    AsyncApi,
    Filters,
    InvalidInput,
    JsonInput,
    NotFoundError,
    PrunePlan,
    PruneRow,
)
from typed_artifacts.local import Registry

KB = b"x" * 1000


def fill(registry: Registry, count: int = 5, name: str = "data") -> None:
    """Versions v0, v1, …, each with a file of its own of 1,000 bytes and more."""
    with registry.batch():
        for number in range(count):
            content = KB + f"{name}-{number}".encode()
            registry.log_version(f"local/p/{name}", type="dataset", files={"a.bin": content})


def actions(plan: PrunePlan) -> dict[str, str]:
    return {row.name: row.action for row in plan.rows}


def row_of(plan: PrunePlan, name: str) -> PruneRow:
    return next(row for row in plan.rows if row.name == name)


async def test_the_newest_stay(api: AsyncApi, registry: Registry) -> None:
    fill(registry)
    plan = await api.plan_prune("p", keep_last=2)
    assert actions(plan) == {
        "data:v0": "delete",
        "data:v1": "delete",
        "data:v2": "delete",
        "data:v3": "keep",
        "data:v4": "keep",
    }
    assert row_of(plan, "data:v3").reason == "one of the newest 2"
    assert plan.frees == sum(row.size for row in plan.going) == 3 * len(KB + b"data-0")
    assert str(plan) == ("local/p: 3 versions to delete, 2 versions to keep; frees 3.02 kB.")


async def test_each_rule_keeps_on_its_own(api: AsyncApi, registry: Registry) -> None:
    old = datetime.now(UTC) - timedelta(days=100)

    def log(name: str, *, young: bool = False, aliases: str = "", tags: str = "") -> None:
        created = None if young else old
        files = {"f": name}
        registry.log_version(
            "local/p/data",
            type="dataset",
            files=files,
            created_at=created,
            metadata={"name": name},
            aliases=aliases.split(),
            tags=tags.split(),
        )

    log("plain")
    log("best", aliases="best b2")
    log("step", aliases="step-7")
    log("gold", tags="gold-2024")
    log("tin", tags="tin")
    log("young", young=True)
    log("used")
    log("last")
    registry.use("local/p/train", "local/p/data:v6")

    async def going(**rules: object) -> set[str]:
        plan = await api.plan_prune("p", **rules)  # type: ignore[arg-type]  # as a caller has them
        return {row.version for row in plan.going}

    everything = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"}
    bare = {"keep_last": 0, "keep_aliases": (), "keep_used": False}
    assert await going(**bare) == everything
    assert await going() == {"v0", "v3", "v4", "v5"}
    assert await going(**{**bare, "keep_last": 2}) == everything - {"v6", "v7"}
    assert await going(**{**bare, "keep_aliases": ["best"]}) == everything - {"v1"}
    assert await going(**{**bare, "keep_aliases": ["st?p-*", "latest"]}) == everything - {
        "v2",
        "v7",
    }
    assert await going(**{**bare, "keep_tags": ["gold*"]}) == everything - {"v3"}
    assert await going(**{**bare, "keep_used": True}) == everything - {"v6"}
    assert await going(**{**bare, "older_than": timedelta(days=50)}) == everything - {"v5"}
    filters: dict[str, JsonInput] = {"metadata.name": {"$in": ["plain", "tin", "used"]}}
    assert await going(**{**bare, "filters": filters}) == {"v0", "v4", "v6"}
    assert await going(filters=filters) == {"v0", "v4"}


async def test_each_row_says_why(api: AsyncApi, registry: Registry) -> None:
    fill(registry)
    registry.log_version("local/p/data", type="dataset", files={"f": "tagged"}, tags=["gold"])
    fill(registry, 1, name="latest-of-its-own")
    registry.use("local/p/train", "local/p/data:v1")
    registry.link("local/p/data:v2", "local/q/shelf")
    plan = await api.plan_prune("p", keep_tags=["gold"], keep_last=0)
    assert {row.name: row.reason for row in plan.rows} == {
        "data:v0": "no rule keeps it",
        "data:v1": "used by the run train",
        "data:v2": "linked as local/q/shelf:v0",
        "data:v3": "no rule keeps it",
        "data:v4": "no rule keeps it",
        "data:v5": "alias latest",
        "latest-of-its-own:v0": "alias latest",
    }


async def test_what_is_deleted_while_a_plan_is_made_is_not_planned(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 3)
    gone = (await api.artifact("p/data:v0")).id

    def delete(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "ArtifactHoldersBatch":
            (asked,) = (key for key, value in sent.variables.items() if value == gone)
            number = asked.rpartition("_")[2]
            reply["data"][f"artifact_{number}"] = None

    tap.rewrite = delete
    plan = await api.plan_prune("p")
    assert {row.name: row.reason for row in plan.rows} == {
        "data:v0": "deleted meanwhile",
        "data:v1": "no rule keeps it",
        "data:v2": "the newest",
    }
    assert actions(plan) == {"data:v0": "keep", "data:v1": "delete", "data:v2": "keep"}


async def test_links_are_told_from_sources(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 3)
    fill(registry, 2, name="other")
    for number in range(3):
        registry.link(f"local/p/data:v{number}", "local/p/shelf")
    plan = await api.plan_prune("p", keep_last=1, type="dataset")
    assert {row.name: (row.action, row.is_link) for row in plan.rows} == {
        "data:v0": ("delete", False),  # its only link goes with the same plan
        "data:v1": ("delete", False),
        "data:v2": ("keep", False),
        "other:v0": ("delete", False),
        "other:v1": ("keep", False),
        "shelf:v0": ("unlink", True),
        "shelf:v1": ("unlink", True),
        "shelf:v2": ("keep", True),
    }
    assert row_of(plan, "shelf:v0").frees == 0
    # A plan for the sources alone leaves the links, and so what they show.
    alone = await api.plan_prune("p", collection="data")
    assert actions(alone) == dict.fromkeys(("data:v0", "data:v1", "data:v2"), "keep")
    links = await api.plan_prune("p", collection="shelf")
    assert [row.action for row in links.rows] == ["unlink", "unlink", "keep"]
    assert links.frees == 0


@pytest.mark.parametrize(
    ("filters", "going"),
    [({"aliases": "old"}, {"shelf:v1": "unlink"}), ({"version": 0}, {"shelf:v0": "unlink"})],
)
async def test_a_filter_matches_a_link_apart_from_its_source(
    api: AsyncApi, registry: Registry, filters: Filters, going: dict[str, str]
) -> None:
    fill(registry, 3)
    (newest,) = [each async for each in api.artifacts("dataset", "p/data") if each.version == "v2"]
    newest.aliases.append("old")
    await newest.save()
    registry.link("local/p/data:v2", "local/p/shelf", aliases=["production"])
    registry.link("local/p/data:v0", "local/p/shelf", aliases=["old"])
    plan = await api.plan_prune("p", keep_last=0, keep_aliases=(), filters=filters)
    assert {row.name: row.action for row in plan.going} == going


async def test_shared_content_is_counted_once(api: AsyncApi, registry: Registry) -> None:
    def log(path: str, **files: bytes) -> None:
        registry.log_version(path, type="dataset", files=files)

    log("local/p/data", a=b"a" * 100, b=b"b" * 10)
    log("local/p/data", a=b"a" * 100, c=b"c" * 1000)  # a is shared with v0
    log("local/p/data", d=b"d" * 5, b=b"b" * 10)  # b is shared with v0
    log("local/p/twin", a=b"a" * 100, c=b"c" * 1000)  # the same content as data:v1
    log("local/p/twin", e=b"e")
    registry.log_version(
        "local/p/data", type="dataset", files={"z": "z"}, references={"far": "s3://bucket/key"}
    )
    registry.log_version("local/p/data", type="dataset", files={"newest": "n"})
    plan = await api.plan_prune("p")
    assert {row.name: row.frees for row in plan.going} == {
        "data:v0": 110,
        "data:v1": 1000,
        "data:v2": 5,
        "data:v3": 1,
        "twin:v0": 0,
    }
    # Also what a collection outside the plan has stays.
    one = await api.plan_prune("p", collection="data")
    assert {row.name: row.frees for row in one.going} == {
        "data:v0": 10,
        "data:v1": 0,
        "data:v2": 5,
        "data:v3": 1,
    }
    rough = await api.plan_prune("p", exact=False)
    assert [row.frees for row in rough.going if row.name in {"data:v1", "twin:v0"}] == [1100, 0]


async def test_what_is_not_of_the_project_does_not_matter(
    api: AsyncApi, registry: Registry
) -> None:
    fill(registry, 2)
    registry.log_version("local/other/data", type="dataset", files={"a": "1"})
    assert {row.collection for row in (await api.plan_prune("p")).rows} == {"data"}
    assert (await api.plan_prune("other", keep_last=5)).going == ()


async def test_a_time_to_live_in_place_of_deletion(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 3)
    registry.log_version("local/p/data", type="dataset", files={"f": "1"}, ttl=86_400)
    registry.log_version("local/p/data", type="dataset", files={"f": "2"})
    registry.link("local/p/data:v0", "local/p/shelf")
    registry.link("local/p/data:v1", "local/p/shelf")
    plan = await api.plan_ttl("p", ttl=timedelta(days=1))
    assert actions(plan) == {
        "data:v0": "expire",
        "data:v1": "expire",
        "data:v2": "expire",
        "data:v3": "keep",
        "data:v4": "keep",
        "shelf:v0": "keep",
        "shelf:v1": "keep",
    }
    assert row_of(plan, "data:v3").reason == "has this time to live already"
    assert plan.frees == 0
    assert {row.ttl for row in plan.going} == {86_400}


async def test_an_alias_of_a_link_keeps_a_version_from_expiring(
    api: AsyncApi, registry: Registry
) -> None:
    fill(registry, 4)
    registry.link("local/p/data:v0", "local/p/shelf", aliases=["production"])
    registry.link("local/p/data:v1", "local/p/shelf", aliases=["old"])
    registry.link("local/p/data:v2", "local/p/shelf")
    plan = await api.plan_ttl("p", ttl=timedelta(days=1), type="dataset", keep_aliases=["prod*"])
    assert row_of(plan, "data:v0").reason == "alias production of local/p/shelf:v0"
    assert [row.version for row in plan.going if row.collection == "data"] == ["v1", "v2"]
    plan = await api.plan_ttl("p", ttl=timedelta(days=1))
    assert [row.version for row in plan.going if row.collection == "data"] == ["v2"]
    (link,) = [each async for each in api.artifacts("dataset", "p/shelf") if each.version == "v2"]
    link.aliases.append("late")
    await link.save()
    report = await plan.apply(api)
    assert [outcome.reason for outcome in report.changed] == [
        "a link of it has the alias late of local/p/shelf:v2"
    ]


async def test_a_plan_costs_few_requests(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    registry.bulk.versions("local/p/long", type="dataset", count=2500)
    for number in range(120):
        registry.log_version(f"local/p/c{number:03}", type="dataset", files={"a": "1"})
    tap.sent.clear()
    plan = await api.plan_prune("p", keep_last=2475, exact=False)
    assert len(plan.rows) == 2620
    assert len(plan.going) == 22  # three have an alias
    # 121 collections are two pages; 2,400 more versions of one are three; 22 are looked at.
    assert tap.operations == [
        *["ProjectHoldings"] * 2,
        *["CollectionHoldingsBatch"] * 3,
        "ArtifactHoldersBatch",
    ]
    tap.sent.clear()
    await api.plan_prune("p", collection="c001", exact=False)
    assert tap.operations == ["ProjectHoldings", "CollectionHoldingsBatch"]


async def test_more_files_than_a_page_has(api: AsyncApi, registry: Registry) -> None:
    many = {f"{number:04}": f"{number:04}" for number in range(1500)}
    registry.log_version("local/p/data", type="dataset", files=many)
    registry.log_version("local/p/data", type="dataset", files={"0": "0007"})
    plan = await api.plan_prune("p")
    assert plan.frees == 4 * 1499


async def test_a_plan_is_kept_as_lines(api: AsyncApi, registry: Registry, tmp_path: Path) -> None:
    fill(registry, 3, name="데이터")
    registry.log_version("local/p/데이터", type="dataset", files={"f": "1"}, tags=["t"])
    plan = await api.plan_prune(
        "p", older_than=timedelta(seconds=0.001), filters={"size": {"$gt": 1}}, keep_tags=["x"]
    )
    file = plan.to_jsonl(tmp_path / "plan.jsonl")
    assert PrunePlan.from_jsonl(file) == plan
    assert PrunePlan.from_jsonl(str(file)) == plan
    assert PrunePlan.from_jsonl(plan.to_jsonl()) == plan
    assert file.read_text(encoding="utf-8") == plan.to_jsonl()
    assert len(plan.to_jsonl().splitlines()) == 1 + 4


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\v"])
async def test_a_plan_is_read_from_its_text_whatever_its_filter_looks_for(
    api: AsyncApi, registry: Registry, separator: str
) -> None:
    fill(registry, 2)
    plan = await api.plan_prune("p", filters={"description": f"one{separator}two"})
    assert PrunePlan.from_jsonl(plan.to_jsonl()) == plan
    assert PrunePlan.from_jsonl(plan.to_jsonl().replace("\n", "\r\n")) == plan


def test_an_empty_file_holds_no_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.jsonl").touch()
    with pytest.raises(InvalidInput, match="holds no plan"):
        PrunePlan.from_jsonl(tmp_path / "plan.jsonl")


DAMAGES: list[tuple[Callable[[str], str], str]] = [
    (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "3 of the plan's 4 rows"),
    (lambda text: text[: len(text) - 30], "is no JSON"),
    (lambda text: text.replace('"delete"', '"shred"'), "unknown action 'shred'"),
    (lambda text: text.replace('"format": 1', '"format": 2'), "another release"),
    (lambda _: '{"a": 1}', "holds no plan"),
    (lambda text: text.replace('"size": 1', '"size": "1'), "no JSON|no whole number"),
    (lambda text: text.replace('"older_than": null', '"older_than": 1e300'), "is damaged"),
    (lambda text: text + "[" * 100_000, "is no JSON"),
    (lambda text: text.replace('"keep_aliases": ["*"]', '"keep_aliases": "*"'), "is no list"),
    (lambda text: text.replace('"keep_last": 1', '"keep_last": true'), "no whole number"),
    (lambda text: text.replace('"older_than": null', '"older_than": "7"'), "is damaged"),
    (lambda text: text.replace('"version": "v1"', '"version": 1'), "is no text"),
    (lambda text: text + "[]", "is no JSON object"),
    (lambda text: text.replace('"is_link": false', '"is_link": "false"'), "neither true nor false"),
    (lambda text: text.replace('"is_link": false', '"is_link": 1'), "neither true nor false"),
    (lambda text: text.replace('"keep_used": true', '"keep_used": null'), "neither true nor false"),
]


@pytest.mark.parametrize(("spoil", "said"), DAMAGES)
async def test_a_damaged_plan_is_refused(
    api: AsyncApi, registry: Registry, spoil: Callable[[str], str], said: str
) -> None:
    fill(registry, 4)
    text = (await api.plan_prune("p")).to_jsonl()
    with pytest.raises(InvalidInput, match=said):
        PrunePlan.from_jsonl(spoil(text))


async def test_times_of_a_plan_without_a_zone_are_of_utc(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 2)
    plan = await api.plan_prune("p")
    assert PrunePlan.from_jsonl(plan.to_jsonl().replace("+00:00", "")) == plan


async def test_a_plan_can_be_looked_at(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 60, name="d&d")
    plan = await api.plan_prune("p", keep_last=2)
    out = Console(width=120, record=True)
    out.print(plan)
    text = out.export_text()
    assert "d&d:v57" in text
    assert "8 more rows are not shown" in " ".join(text.split())
    page = plan._repr_html_()
    assert "<td>d&amp;d:v57</td><td>delete</td>" in page
    assert "58 versions to delete, 2 versions to keep" in page


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"keep_last": -1}, "keep_last"),
        ({"keep_last": True}, "keep_last"),
        ({"keep_last": None}, "keep_last"),
        ({"keep_aliases": "best"}, "keep_aliases"),
        ({"keep_aliases": None}, "keep_aliases"),
        ({"keep_tags": [1]}, "keep_tags"),
        ({"keep_aliases": [""]}, "empty pattern"),  # aliases would keep nothing
        ({"keep_tags": ["gold", ""]}, "empty pattern"),
        ({"keep_used": None}, "keep_used"),
        ({"older_than": 30}, "older_than"),
        ({"older_than": timedelta(0)}, "older_than"),
        ({"filters": "x"}, "filters"),
        ({"type": ""}, "type"),
        ({"collection": ["a"]}, "collection"),
        ({"project": "a/b/c/d"}, "a/b/c/d"),
        ({"project": ""}, "not empty"),  # a variable that is not set
        ({"project": "https://h/e/p/artifacts/model/net/v3"}, "a part of e/p; .* collection="),
        ({"project": "https://h/e/p/artifacts/model"}, "a part of e/p; .* type="),
        ({"project": "https://h/e/p/runs/r1/overview"}, "a part of e/p"),
    ],
)
async def test_bad_rules_send_nothing(
    flavour: Flavour, rules: dict[str, object], said: str
) -> None:
    silent = Script()
    api = flavour.api(silent)
    given = {"project": "p", **rules}
    with pytest.raises(InvalidInput, match=said):
        await api.plan_prune(**given)  # type: ignore[arg-type]  # that is the mistake
    for ttl in (timedelta(0), timedelta(seconds=1.5), 30):
        with pytest.raises(InvalidInput, match="ttl"):
            await api.plan_ttl("p", ttl=ttl)  # type: ignore[arg-type]  # one is no timedelta
    with pytest.raises(InvalidInput, match="the longest is 36500 days"):
        await api.plan_ttl("p", ttl=timedelta(days=36_501))
    assert silent.sent == []


async def test_the_address_of_a_project_is_one(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 2)
    for address in ("https://h/local/p", "https://h/local/p/artifacts/", "https://h/local/p/table"):
        assert (await api.plan_prune(address)).project == "p"
        assert (await api.plan_ttl(address, ttl=timedelta(days=1))).project == "p"


async def test_what_is_not_there(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 1)
    with pytest.raises(NotFoundError, match='no project "local/none"'):
        await api.plan_prune("none")
    with pytest.raises(NotFoundError, match='no artifact collection "date"'):
        await api.plan_prune("p", collection="date")
    with pytest.raises(NotFoundError, match='no artifact type "model"'):
        await api.plan_prune("p", type="model")


@pytest.mark.parametrize("exact", [True, False])
async def test_a_type_without_collections_is_an_empty_plan(
    api: AsyncApi, registry: Registry, *, exact: bool
) -> None:
    fill(registry, 1)
    kind = await api.artifact_type("dataset", "p")
    async for collection in kind.collections():
        await collection.delete()
    plan = await api.plan_prune("p", type="dataset", exact=exact)
    assert (plan.rows, plan.frees) == ((), 0)
    assert (await api.plan_ttl("p", ttl=timedelta(days=1), type="dataset")).rows == ()
