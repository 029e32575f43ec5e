"""Prepares documents for execution: parses, limits and validates them."""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    NoUnusedVariablesRule,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
    visit,
)
from graphql.language import REMOVE
from graphql.type import GraphQLInputType

from ..._values.forks import renew_after_fork
from .measuring import check_size, refused
from .unsupported import explained

MOST_CHARACTERS = 1_000_000
MOST_TOKENS = 100_000
# Prepared documents are kept up to this many characters together: one is fifty times its text.
_MOST_KEPT = 1_000_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed, or why not."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...] = ()


class _DocumentCache:
    """The documents that were prepared last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[GraphQLSchema, str], Prepared] = OrderedDict()
        self._characters = 0
        renew_after_fork(self)

    def renew(self) -> None:
        """Wait for no thread of the parent in a child process."""
        self._lock = threading.Lock()

    def get(self, schema: GraphQLSchema, text: str) -> Prepared | None:
        with self._lock:
            found = self._known.get((schema, text))
            if found is not None:
                self._known.move_to_end((schema, text))
            return found

    def keep(self, schema: GraphQLSchema, text: str, prepared: Prepared) -> None:
        with self._lock:
            if (schema, text) not in self._known:
                self._known[schema, text] = prepared
                self._characters += len(text)
            while self._characters > _MOST_KEPT:
                (_, evicted), _ = self._known.popitem(last=False)
                self._characters -= len(evicted)


_cache = _DocumentCache()


def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Parses and checks once per text and schema; only the work is cached, never an answer."""
    found = _cache.get(schema, text)
    if found is None:
        found = _prepared(schema, text)
        _cache.keep(schema, text, found)
    return found


def _prepared(schema: GraphQLSchema, text: str) -> Prepared:
    nothing = DocumentNode(definitions=())
    if len(text) > MOST_CHARACTERS:
        reason = f"the document is longer than {MOST_CHARACTERS} characters"
        return Prepared(nothing, (refused(reason),))
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
        check_size(document)
    except GraphQLError as error:
        return Prepared(nothing, (error,))
    except RecursionError:
        return Prepared(nothing, (refused("its selections are nested too deeply"),))
    cleaned = _without_unknown_inputs(document, schema)
    rules = [
        # A variable that is used only in removed fields is no error of the client.
        rule
        for rule in specified_rules
        if cleaned is document or rule is not NoUnusedVariablesRule
    ]
    errors = validate(schema, cleaned, rules)
    return Prepared(cleaned, tuple(explained(error) for error in errors))


# Official clients from 0.20 to 0.27 send this for statistics of W&B's server.
_WITHOUT_EFFECT = ("Project", "enableTracking")


class _UnknownInputs(Visitor):
    """Takes out of a document the input fields of literals that the schema does not have."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> object:
        parents = self._info._input_type_stack  # noqa: SLF001  (the only place that has it)
        owner = get_named_type(parents[-2]) if len(parents) > 1 and parents[-2] else None
        if isinstance(owner, GraphQLInputObjectType) and node.name.value not in owner.fields:
            return REMOVE
        return None

    def enter_argument(self, node: ArgumentNode, *_: object) -> object:
        owner = self._info.get_parent_type()
        named = (getattr(owner, "name", ""), node.name.value)
        return REMOVE if named == _WITHOUT_EFFECT else None


def _without_unknown_inputs(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """Newer clients send fields that this schema does not know; an older server ignores them."""
    info = TypeInfo(schema)
    cleaned = visit(document, TypeInfoVisitor(info, _UnknownInputs(info)))
    return cleaned if isinstance(cleaned, DocumentNode) else document


def known_variables(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, object]
) -> dict[str, object]:
    """The variables without the input fields that the schema does not have."""
    cleaned = dict(variables)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and (
            name is None or (node.name and node.name.value == name)
        ):
            for definition in node.variable_definitions:
                _clean_variable(schema, definition, cleaned)
    return cleaned


def _clean_variable(
    schema: GraphQLSchema, definition: VariableDefinitionNode, variables: dict[str, object]
) -> None:
    name = definition.variable.name.value
    kind = type_from_ast(schema, definition.type)
    if name in variables and kind is not None:
        variables[name] = _known(kind, variables[name])  # type: ignore[arg-type]  # an input type


def _known(kind: GraphQLInputType, value: object) -> object:
    if isinstance(kind, GraphQLNonNull):
        return _known(kind.of_type, value)
    if isinstance(kind, GraphQLList):
        items = value if isinstance(value, list) else None
        return value if items is None else [_known(kind.of_type, item) for item in items]
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        return {
            name: _known(kind.fields[name].type, item)
            for name, item in value.items()
            if name in kind.fields
        }
    return value


__all__ = ["Prepared", "known_variables", "prepare"]
