"""Measures the size of a document before it is validated."""

from collections.abc import Mapping, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

MOST_FIELDS = 20_000
MOST_ROOT_FIELDS = 500
MOST_PARTS = 500
# Validation compares each pair of fields that go to the same place in the reply.
MOST_SAME = 50
DEEPEST = 25


def refused(reason: str) -> GraphQLError:
    return GraphQLError(f"The operation is refused: {reason}.")


def check_size(document: DocumentNode) -> None:
    """Refuses what is too deep, too wide, or says the same thing too often."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    parts = len(document.definitions)
    if parts > MOST_PARTS:
        raise refused(f"it has {parts} operations and fragments, and {MOST_PARTS} are the most")
    measure = _Measure(fragments)
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        count, depth = measure.of(node.selection_set)
        roots = len(node.selection_set.selections)
        if depth > DEEPEST:
            raise refused(f"it is {depth} levels deep, and {DEEPEST} are the most")
        if count > MOST_FIELDS:
            raise refused(f"it selects {count} fields, and {MOST_FIELDS} are the most")
        if roots > MOST_ROOT_FIELDS:
            raise refused(f"it asks {roots} things at once, and {MOST_ROOT_FIELDS} are the most")
        _check_repeats([node.selection_set], fragments)


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
                inner_count += 1
            elif isinstance(node, FragmentSpreadNode):
                inner_count, inner_depth = self._fragment(node.name.value)
                inner_count += 1
            else:
                continue
            count, depth = count + inner_count, max(depth, inner_depth)
        return count, depth

    def _fragment(self, name: str) -> tuple[int, int]:
        if name not in self._known:
            self._known[name] = (0, 0)  # validation reports a fragment that spreads itself
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set) if fragment else (0, 0)
        return self._known[name]


def _check_repeats(
    selections: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> None:
    """Refuses a place in the reply that very many fields go to, anywhere below."""
    below: dict[str, list[SelectionSetNode]] = {}
    counts: dict[str, int] = {}
    for field in _fields(selections, fragments):
        name = (field.alias or field.name).value
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > MOST_SAME:
            raise refused(f"it selects {name!r} more than {MOST_SAME} times in one place")
        if field.selection_set is not None:
            below.setdefault(name, []).append(field.selection_set)
    for inner in below.values():
        _check_repeats(inner, fragments)


def _fields(
    selections: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> list[FieldNode]:
    """The fields of one level, whichever fragments they stand in."""
    found: list[FieldNode] = []
    waiting: list[tuple[SelectionSetNode, frozenset[str]]] = [(s, frozenset()) for s in selections]
    while waiting:
        selection, inside = waiting.pop()
        for node in selection.selections:
            if isinstance(node, FieldNode):
                found.append(node)
            elif isinstance(node, InlineFragmentNode):
                waiting.append((node.selection_set, inside))
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in fragments and name not in inside:
                    waiting.append((fragments[name].selection_set, inside | {name}))
    return found
