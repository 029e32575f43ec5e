"""Makes schema.graphql executable: binds resolvers, enforces constraints."""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from inspect import signature
from operator import attrgetter
from pathlib import Path
from pkgutil import get_data

from ariadne import ObjectType, make_executable_schema
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    parse,
    print_ast,
)

from ..errors import RegistryError, RegistryRefused
from ..features import without
from . import (
    listings_runs,
    reads_accounts,
    reads_collections,
    reads_files,
    reads_projects,
    reads_registries,
    reads_roots,
    reads_runs,
    reads_versions,
    writes_accounts,
    writes_collections,
    writes_edits,
    writes_files,
    writes_links,
    writes_projects,
    writes_runs,
    writes_versions,
)
from . import nodes as n
from .binding import resolvers, snake
from .constraints import constraint_checks
from .paging import PAGING, with_page
from .scalars import int64, json_string

Getter = Callable[..., object]

# Importing them is what registers their resolvers.
RESOLVER_MODULES = (
    listings_runs,
    reads_accounts,
    reads_collections,
    reads_files,
    reads_projects,
    reads_registries,
    reads_roots,
    reads_runs,
    reads_versions,
    writes_accounts,
    writes_collections,
    writes_edits,
    writes_files,
    writes_links,
    writes_projects,
    writes_runs,
    writes_versions,
)


@lru_cache(maxsize=8)
def executable_schema(features: frozenset[str]) -> GraphQLSchema:
    """The schema of a server with these features."""
    document = without(parse(schema_text()), features)
    schema = make_executable_schema(
        print_ast(document),
        ObjectType("Query"),
        ObjectType("Mutation"),
        int64,
        json_string,
    )
    _bind(schema)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLEnumType):
            # ariadne 1.1 wraps this with one argument, graphql-core 3.2.14 calls it with two. Our
            # enums are plain names, so graphql-core's own method, under the wrapper, is right.
            vars(kind).pop("parse_value", None)
    return schema


def schema_text() -> str:
    """schema.graphql: inside the installed package, or at the root of a source checkout."""
    package = Path(__file__).resolve().parent.parent
    for path in (package / "schema.graphql", package.parents[2] / "schema.graphql"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    with suppress(OSError):
        if (packed := get_data("typed_artifacts.local", "schema.graphql")) is not None:
            return packed.decode()  # of a package in a zip file
    raise RegistryError("schema.graphql is missing from the installation of typed-artifacts.")


def _bind(schema: GraphQLSchema) -> None:
    known = resolvers()
    for type_name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_name
        if isinstance(kind, GraphQLInputObjectType):
            for name, member in kind.fields.items():
                member.out_name = snake(name)
        if not isinstance(kind, GraphQLObjectType) or type_name.startswith("__"):
            continue
        for name, member in kind.fields.items():
            for argument_name, argument in member.args.items():
                argument.out_name = snake(argument_name)
            location = f"{type_name}.{name}"
            owners = (type_name, *(interface.name for interface in kind.interfaces))
            found = (known[owner, name] for owner in owners if (owner, name) in known)
            getter = next(found, None) or _attribute(snake(name))
            member.resolve = _resolver(_taking_all(getter, member, location), member, location)


def _attribute(name: str) -> Getter:
    get = attrgetter(name)

    def attribute(source: object, _context: object) -> object:
        return source[name] if isinstance(source, dict) else get(source)

    return attribute


def _taking_all(getter: Getter, member: GraphQLField, location: str) -> Getter:
    """A getter that takes each argument of the schema: `first`, `after` and such as one `page`.

    One that it does not know is new in schema.graphql, and has no effect. With its default, all is
    as it was; to ignore another value would be a wrong answer.
    """
    parameters = signature(getter).parameters
    known = set(parameters)
    if "page" in parameters:
        known |= PAGING
        getter = with_page(getter)
    new = {
        argument.out_name or name: (name, argument.default_value)
        for name, argument in member.args.items()
        if argument.out_name not in known
    }
    if not new or any(it.kind is it.VAR_KEYWORD for it in parameters.values()):
        return getter

    def get(source: object, context: object, **arguments: object) -> object:
        for name, (shown, default) in new.items():
            if arguments.pop(name, default) not in (default, None):
                text = f"This server has no use for {location}({shown}) yet; leave it out."
                raise RegistryRefused(text)
        return getter(source, context, **arguments)

    return get


def _resolver(getter: Getter, member: GraphQLField, location: str) -> Callable[..., object]:
    """The getter in graphql-core's calling convention; the executor calls the getter itself."""
    checks = constraint_checks(member)

    def resolve(source: object, info: GraphQLResolveInfo, **arguments: object) -> object:
        for check in checks:
            check(arguments)
        return getter(source, info.context, **arguments)

    if not checks:
        resolve.getter = getter  # type: ignore[attr-defined]  # read back by execution.py
    return resolve


_NAMES: dict[type[object], str] = {
    n.Run: "Run",
    n.User: "User",
    n.File: "File",
    n.Project: "Project",
    n.Entity: "Entity",
    n.Organization: "Organization",
    n.Type: "ArtifactType",
    n.Version: "Artifact",
    n.Membership: "ArtifactCollectionMembership",
    n.Alias: "ArtifactAlias",
    n.Tag: "Tag",
}


def type_name(value: object) -> str:
    """The object type of a node behind an interface or union."""
    if isinstance(value, n.Collection):
        return "ArtifactSequence" if value.kind == "SEQUENCE" else "ArtifactPortfolio"
    return _NAMES[type(value)]


def _type_name(value: object, _info: GraphQLResolveInfo, _kind: object) -> str:
    return type_name(value)
