"""No path through the schema leads to objects that a user may not read."""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.local.shared_world import World
from typed_artifacts.local import Registry, StoredVersion
from typed_artifacts.local.graph.schema import schema_text

SCHEMA = build_schema(schema_text())
HIDDEN = "hidden"  # is in everything that eve may not know
DEPTH = 5
NAMES = {
    "Project.artifact": ("q:linked", "c:hidden-alias", "own:v0"),
    "Project.artifactCollectionMembership": ("q:linked", "hidden-portfolio:v0"),
    "Project.artifactCollection": ("q", "own", "c"),
    "Project.artifactType": ("dataset",),
    "Project.run": ("hidden-run",),
    "Project.bucket": ("hidden-run",),
    "Entity.project": ("hidden-project", "shown"),
}
ALIASES = ("hidden-alias", "linked", "v1", "hidden-portfolio-alias")


def _store(registry: Registry) -> StoredVersion:
    """Ann's private project, her team and her registry, and what they share with ann/shown."""
    registry.team("hidden-team", ["ann", "bob"])
    project, team = "ann/hidden-project", "hidden-team/hidden-project"
    registry.log_version("ann/shown/own", type="dataset", files={"a": "shown"})
    run = f"{project}/hidden-run"
    registry.run(run, display_name="hidden", config={"a": "hidden"})
    linked = registry.log_version(
        f"{project}/c", type="dataset", files={"f": "x"}, aliases=["hidden-alias"], run=run
    )
    registry.log_version(
        f"{project}/c",
        type="dataset",
        files={"hidden-file": "y"},
        tags=["hidden-tag"],
        metadata={"m": "hidden"},
        description="hidden",
    )
    registry.describe_collection(f"{project}/c", description="hidden", tags=["hidden-too"])
    registry.use(run, linked)
    registry.link(linked, "ann/shown/q", aliases=["linked"])
    registry.link(linked, f"{project}/hidden-portfolio", aliases=["hidden-portfolio-alias"])
    registry.run(f"{team}/hidden-use")
    registry.use(f"{team}/hidden-use", "ann/shown/own:v0")
    registry.link("ann/shown/own:v0", f"{team}/hidden-portfolio", aliases=["hidden-there"])
    return linked


def _roots(world: World, linked: StoredVersion) -> list[tuple[str, str]]:
    """Fields of `Query`, with arguments that lead to what eve may see, or may not."""
    make = """mutation M($entity: String, $name: String) { upsertModel(input: {
      entityName: $entity, name: $name, access: "PRIVATE"}) { inserted } }"""
    for entity, name in (("ann-org", "wandb-registry-hidden"), ("ann", "hidden-project")):
        assert "errors" not in world.send("ann", make, entity=entity, name=name)
    world.registry.link(linked, "ann-org/wandb-registry-hidden/hidden-card")
    found = world.send(
        "ann",
        '{ project(entityName: "ann", name: "hidden-project") { s: artifactCollection(name: "c") {'
        ' id } p: artifactCollection(name: "hidden-portfolio") { id } } }',
    )["data"]["project"]
    return [
        ('project(entityName: "ann", name: "shown")', "Project"),
        ('project(entityName: "ann", name: "hidden-project")', "Project"),
        ('project(entityName: "ann-org", name: "wandb-registry-hidden")', "Project"),
        *((f'entity(name: "{each}")', "Entity") for each in ("ann", "ann-org", "hidden-team")),
        *((f'models(entityName: "{each}")', "ProjectConnection") for each in ("ann", "ann-org")),
        ('organization(name: "ann-org")', "Organization"),
        ('users(usernames: ["ann", "bob"])', "UserConnection"),
        ("viewer", "User"),
        (f'artifact(id: "{linked.id}")', "Artifact"),
        *(
            (f'artifactCollection(id: "{found[each]["id"]}")', "ArtifactCollection")
            for each in ("s", "p")
        ),
    ]


def _steps(kind: GraphQLObjectType) -> Iterator[tuple[str, GraphQLField]]:
    """The fields of a type that lead to objects, with arguments."""
    for name, member in kind.fields.items():
        if is_leaf_type(get_named_type(member.type)):
            continue
        names = NAMES.get(f"{kind.name}.{name}", ())
        if name == "artifactMembership":
            yield from ((f'{name}(aliasName: "{alias}")', member) for alias in ALIASES)
        elif names:
            yield from ((f'{name}(name: "{each}")', member) for each in names)
        elif not any(is_required_argument(each) for each in member.args.values()):
            yield name, member


def _kinds(type_: Any) -> list[tuple[GraphQLObjectType, tuple[str, ...]]]:  # noqa: ANN401 - any of GraphQL's
    """The object types that a type may be, and what the path to their fields has in addition."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
        return [(each, (f"... on {each.name}",)) for each in SCHEMA.get_possible_types(named)]
    return [(named, ())] if isinstance(named, GraphQLObjectType) else []


def _leads_somewhere(value: Any, path: tuple[str, ...]) -> bool:  # noqa: ANN401 - any piece of a reply
    found = [value]
    for step in path:
        if step.startswith("..."):
            continue
        inner = [each.get(step.partition("(")[0]) for each in found if isinstance(each, dict)]
        found = [
            each for one in inner for each in (one if isinstance(one, list) else [one]) if each
        ]
    return bool(found)


def _shown(world: World, user: str, roots: list[tuple[str, str]], depth: int) -> Iterator[str]:
    """The paths on which something hidden is shown."""
    waiting = [
        ((root, *more), kind)
        for root, name in roots
        for kind, more in _kinds(SCHEMA.get_type(name))
    ]
    seen: set[tuple[str, ...]] = set()
    while waiting:
        path, kind = waiting.pop()
        leaves = " ".join(
            name
            for name, member in kind.fields.items()
            if is_leaf_type(get_named_type(member.type))
        )
        query = f"{{ {' { '.join(path)} {{ __typename {leaves} }}{' }' * len(path)}"
        data = world.send(user, query).get("data")
        if HIDDEN in json.dumps(data):
            yield query
        if len(path) > depth or not _leads_somewhere(data, path):
            continue
        for step, member in _steps(kind):
            # The same from the same, on the same way: once.
            same = (path[0], *(each.partition("(")[0] for each in path[-1:]), kind.name, step)
            if same not in seen:
                seen.add(same)
                kinds = _kinds(member.type)
                waiting += [((*path, step, *more), inner) for inner, more in kinds]


@pytest.mark.timeout(300)
@pytest.mark.long
def test_no_path_through_the_schema_leads_to_what_is_hidden() -> None:
    with Registry() as registry:
        world = World(registry)
        for user in ("ann", "bob", "eve"):
            world.add_user(user)
        roots = _roots(world, _store(registry))
        assert list(_shown(world, "eve", roots, DEPTH)) == []
        assert len(list(_shown(world, "ann", roots, 2))) > 20  # it would be found
