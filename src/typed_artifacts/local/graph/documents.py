"""Documents prepared for execution: parsed, bounded, freed of unknown input fields, validated."""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    NoUnusedVariablesRule,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
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

from .unsupported import explained

MOST_CHARACTERS = 1_000_000
MOST_TOKENS = 100_000
MOST_FIELDS = 20_000
MOST_ROOT_FIELDS = 500
DEEPEST = 25


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed, or why not."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...] = ()


@lru_cache(maxsize=512)
def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Parses and checks once per text and schema; only the work is cached, never an answer."""
    nothing = DocumentNode(definitions=())
    if len(text) > MOST_CHARACTERS:
        reason = f"the document is longer than {MOST_CHARACTERS} characters"
        return Prepared(nothing, (_refused(reason),))
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
        _check_size(document)
    except GraphQLError as error:
        return Prepared(nothing, (error,))
    except RecursionError:
        return Prepared(nothing, (_refused("its selections are nested too deeply"),))
    cleaned = _without_unknown_inputs(document, schema)
    rules = [
        # A variable used only inside what was taken out is no mistake of the client.
        rule
        for rule in specified_rules
        if cleaned is document or rule is not NoUnusedVariablesRule
    ]
    errors = validate(schema, cleaned, rules)
    return Prepared(cleaned, tuple(explained(error) for error in errors))


def _refused(reason: str) -> GraphQLError:
    return GraphQLError(f"The operation is refused: {reason}.")


def _check_size(document: DocumentNode) -> None:
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    measure = _Measure(fragments)
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        count, depth = measure.of(node.selection_set)
        roots = len(node.selection_set.selections)
        if depth > DEEPEST:
            raise _refused(f"it is {depth} levels deep, and {DEEPEST} are the most")
        if count > MOST_FIELDS:
            raise _refused(f"it selects {count} fields, and {MOST_FIELDS} are the most")
        if roots > MOST_ROOT_FIELDS:
            raise _refused(f"it asks {roots} things at once, and {MOST_ROOT_FIELDS} are the most")


class _Measure:
    """How many fields a selection has, and how deep it is; fragments count wherever they are."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, tuple[int, int]] = {}

    def of(self, selection: SelectionSetNode | None) -> tuple[int, int]:
        count = depth = 0
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                inner_count, inner_depth = self.of(node.selection_set)
                inner_count, inner_depth = inner_count + 1, inner_depth + 1
            elif isinstance(node, InlineFragmentNode):
                inner_count, inner_depth = self.of(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                inner_count, inner_depth = self._fragment(node.name.value)
            else:
                continue
            count, depth = count + inner_count, max(depth, inner_depth)
        return count, depth

    def _fragment(self, name: str) -> tuple[int, int]:
        if name not in self._known:
            self._known[name] = (0, 0)  # a fragment that spreads itself is validation's to report
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set) if fragment else (0, 0)
        return self._known[name]


class _UnknownInputs(Visitor):
    """Takes input fields that the schema does not have out of literals."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> object:
        parents = self._info._input_type_stack  # noqa: SLF001  (the only place that has it)
        owner = get_named_type(parents[-2]) if len(parents) > 1 and parents[-2] else None
        if isinstance(owner, GraphQLInputObjectType) and node.name.value not in owner.fields:
            return REMOVE
        return None


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
