"""Finds the spans of a document to omit with each optional member."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from typed_artifacts._requests.optional_members import Cut, Member

from ..schema.locations import problem_at
from .omission_conditions import ALWAYS, NEVER, Condition, both, either
from .optional_directive import OPTIONAL
from .selection import ObjectSelection, Selected, fragment_selection, operation_selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Sources


@dataclass
class Omissions:
    """The optional members of one document and the spans to omit with them, from the top down."""

    sources: Sources
    document: str
    members: list[Member] = field(default_factory=list[Member])
    cuts: list[Cut] = field(default_factory=list[Cut])
    fragments: dict[str, FragmentDefinitionNode] = field(
        default_factory=dict[str, FragmentDefinitionNode]
    )
    # Each use of a fragment or a variable: its definition, and the condition for its omission.
    spreads: dict[str, list[tuple[str, Condition]]] = field(
        default_factory=dict[str, list[tuple[str, Condition]]]
    )
    uses: dict[str, list[tuple[str, Condition]]] = field(
        default_factory=dict[str, list[tuple[str, Condition]]]
    )
    marked: dict[str, Condition] = field(default_factory=dict[str, Condition])

    def run(self) -> None:
        operations: list[OperationDefinitionNode] = []
        for node in parse(self.document).definitions:
            if isinstance(node, OperationDefinitionNode):
                operations.append(node)
            elif isinstance(node, FragmentDefinitionNode):
                self.fragments[node.name.value] = node
        for operation in operations:
            assert operation.name is not None
            self._mark_variables(operation)
            selection = operation_selection(self.sources, operation.name.value)
            self._selection(operation.selection_set, selection, operation.name.value, NEVER)
        for name, fragment in self.fragments.items():
            selection = fragment_selection(self.sources, name)
            self._selection(fragment.selection_set, selection, name, NEVER)
        for name, fragment in self.fragments.items():
            self._cut(fragment, self._fragment_condition(name))
        for operation in operations:
            self._variables(operation)

    def _mark_variables(self, operation: OperationDefinitionNode) -> None:
        assert operation.name is not None
        for mark in self.sources.marks:
            if mark.definition == operation.name.value and mark.path[0].startswith("$"):
                self.marked[mark.path[0][1:]] = self._variable(
                    operation, mark.path[0], mark.feature
                )

    def _variable(
        self, operation: OperationDefinitionNode, variable: str, feature: str | None
    ) -> Condition:
        """The condition for a marked variable: the server lacks an argument that uses it."""
        assert operation.name is not None
        wanted = variable.removeprefix("$")
        found: set[int] = set()
        locations = [operation_selection(self.sources, operation.name.value)]
        locations += [fragment_selection(self.sources, name) for name in self.fragments]
        for selected in (item for selection in locations for item in _all_fields(selection)):
            for argument in selected.node.arguments:
                if any(used.name.value == wanted for used in _variables_in(argument)):
                    name = f"{_name(selected)}({argument.name.value})"
                    found.add(self._member(Member(name, feature, wanted)))
        if not found:
            nodes = self.sources.operations[operation.name.value].variable_definitions
            node = next(item for item in nodes if item.variable.name.value == wanted)
            text = f"@{OPTIONAL} on {variable}: it feeds no argument that a server may lack"
            raise problem_at(GraphQLError(text, [node]), "queries")
        return frozenset({frozenset(found)})

    def _member(self, member: Member) -> int:
        if member not in self.members:
            self.members.append(member)
        return self.members.index(member)

    def _selection(
        self,
        selections: SelectionSetNode,
        selection: ObjectSelection,
        definition: str,
        covered: Condition,
    ) -> Condition:
        """The condition under which all of a selection is omitted."""
        combined = ALWAYS
        for node in selections.selections:
            if isinstance(node, FieldNode):
                condition = self._field(node, selection, definition, covered)
            elif isinstance(node, InlineFragmentNode):
                inner = selection.narrowed(node)
                condition = self._selection(node.selection_set, inner, definition, covered)
                self._cut(node, condition)
            else:
                assert isinstance(node, FragmentSpreadNode)
                condition = NEVER
                self.spreads.setdefault(node.name.value, []).append((definition, covered))
            combined = both(combined, condition)
        return combined

    def _field(
        self, node: FieldNode, selection: ObjectSelection, definition: str, covered: Condition
    ) -> Condition:
        selected = Selected(node, selection)
        condition = NEVER
        if selected.is_marked:
            index = self._member(Member(_name(selected), selected.feature))
            condition = frozenset({frozenset({index})})
        if node.selection_set:
            inside = either(covered, condition)
            below = self._selection(node.selection_set, selected.selection, definition, inside)
            condition = either(condition, below)
        self._cut(node, condition)
        covered = either(covered, condition)
        self._arguments(node, definition, covered)
        for directive in node.directives:
            self._use(directive, definition, covered)
        return condition

    def _arguments(self, node: FieldNode, definition: str, covered: Condition) -> None:
        combined = ALWAYS
        for argument in node.arguments:
            condition = self._values(argument, definition, covered)
            combined = both(combined, condition)
        if node.arguments:
            self._cut_parentheses(node.arguments, combined)

    def _values(self, node: Node, definition: str, covered: Condition) -> Condition:
        """The condition for an argument or an input's member: that of its variable."""
        value = getattr(node, "value", None)
        condition = NEVER
        if isinstance(value, VariableNode):
            condition = self.marked.get(value.name.value, NEVER)
            self.uses.setdefault(value.name.value, []).append(
                (definition, either(covered, condition))
            )
            self._cut(node, condition)
        elif isinstance(value, ListValueNode):
            self._use(value, definition, covered)
        else:
            for inner in getattr(value, "fields", ()):
                assert isinstance(inner, ObjectFieldNode)
                self._values(inner, definition, covered)
        return condition

    def _use(self, node: Node, definition: str, covered: Condition) -> None:
        for variable in _variables_in(node):
            self.uses.setdefault(variable.name.value, []).append((definition, covered))

    def _fragment_condition(self, name: str) -> Condition:
        """The condition for a fragment: all its spreads are omitted."""
        condition = ALWAYS
        for definition, covered in self.spreads.get(name, []):
            condition = both(condition, self._with_definition(definition, covered))
        return condition

    def _with_definition(self, definition: str, covered: Condition) -> Condition:
        if definition not in self.fragments:
            return covered
        return either(covered, self._fragment_condition(definition))

    def _variables(self, operation: OperationDefinitionNode) -> None:
        combined = ALWAYS
        for node in operation.variable_definitions:
            name = node.variable.name.value
            condition = ALWAYS
            for definition, covered in self.uses.get(name, []):
                condition = both(condition, self._with_definition(definition, covered))
            condition = either(condition, self.marked.get(name, NEVER))
            self._cut(node, condition)
            combined = both(combined, condition)
        if operation.variable_definitions:
            self._cut_parentheses(operation.variable_definitions, combined)

    def _cut(self, node: Node, condition: Condition) -> None:
        assert node.loc is not None
        self._cut_span(node.loc.start, node.loc.end, condition)

    def _cut_parentheses(self, nodes: tuple[Node, ...], condition: Condition) -> None:
        first, last = nodes[0].loc, nodes[-1].loc
        assert first is not None
        assert last is not None
        start = self.document.rindex("(", 0, first.start)
        self._cut_span(start, self.document.index(")", last.end) + 1, condition)

    def _cut_span(self, start: int, stop: int, condition: Condition) -> None:
        if condition == NEVER:
            return
        # The space in front is cut as well, so that the rest keeps its layout.
        start = len(self.document[:start].rstrip(" \n,"))
        self.cuts.append(
            Cut(start, stop, tuple(sorted(tuple(sorted(group)) for group in condition)))
        )


def _name(selected: Selected) -> str:
    return f"{selected.parent.type.name}.{selected.node.name.value}"


def _all_fields(selection: ObjectSelection) -> Iterator[Selected]:
    """The fields in a definition itself, nested ones too, without those of other fragments."""
    for node in selection.selections.selections if selection.selections else ():
        if isinstance(node, FieldNode):
            selected = Selected(node, selection)
            yield selected
            yield from _all_fields(selected.selection)
        elif isinstance(node, InlineFragmentNode):
            yield from _all_fields(selection.narrowed(node))


def _variables_in(node: Node) -> list[VariableNode]:
    if isinstance(node, VariableNode):
        return [node]
    if isinstance(node, DirectiveNode):
        return [used for argument in node.arguments for used in _variables_in(argument)]
    if isinstance(node, ArgumentNode | ObjectFieldNode):
        return _variables_in(node.value)
    inside: tuple[Node, ...] = getattr(node, "fields", ()) or getattr(node, "values", ())
    return [used for inner in inside for used in _variables_in(inner)]
