"""Common parts of mutations: reading their input, running in a transaction."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import sqlalchemy as sa

from ..database.ids import local_id
from ..errors import RegistryForbidden, RegistryNotFound, RegistryRefused
from ..json_values import is_array, is_object
from ..versions import collections as collecting
from .context import Context
from .permissions import existing_project

T = TypeVar("T")
Input = Mapping[str, object]
# The maximum length of a list in a mutation: other writers wait while it is written.
MOST_LISTED = 20_000


def written(
    context: Context,
    change: Callable[[sa.Connection], T],
    *,
    freeing: bool = False,
    alone: bool = True,
) -> T:
    """Runs a change in a transaction of its own; what is read afterwards sees it.

    A change that has not asked whether it is permitted is undone. One that is `freeing` deletes:
    it goes through on a full disk. One that is not `alone` may run beside others of its kind.
    """
    everything, context.permitted = context.rights.everything, False

    def permitted(connection: sa.Connection) -> T:
        result = change(connection)
        if not everything and not context.permitted:
            raise RegistryForbidden("Permission denied: this is for the registry's owner.")
        return result

    context.store.refuse_inside_a_batch()
    context.close()
    if not freeing:
        context.store.check_free_space()
    try:
        with context.without_time_limit():
            return context.store.change(permitted, freeing=freeing, alone=alone)
    finally:
        context.changed()


def a_key(type_name: str, value: object, kind: str) -> int:
    """The number in a global id, or an error that says what was not found."""
    key = local_id(type_name, str(value))
    if key is None:
        raise RegistryNotFound(f"There is no {kind} with the id {str(value)[:60]!r}.")
    return key


def a_text(input: Input, name: str) -> str:
    """A text that the schema demands."""
    return str(input[name])


def optional_text(input: Input, name: str) -> str | None:
    value = input.get(name)
    return value if isinstance(value, str) else None


def optional_int(input: Input, name: str) -> int | None:
    value = input.get(name)
    return value if isinstance(value, int) else None


def inputs(input: Input, name: str) -> list[Input]:
    """A list of input objects; an absent one is empty."""
    return [item for item in _items(input, name) if is_object(item)]


def texts(input: Input, name: str) -> list[str]:
    return [str(item) for item in _items(input, name)]


def _items(input: Input, name: str) -> list[object]:
    value = input.get(name)
    items = value if is_array(value) else []
    if len(items) > MOST_LISTED:
        raise RegistryRefused(f"{name} lists {len(items)} items; {MOST_LISTED} are the most.")
    return items


def tag_pairs(input: Input, name: str) -> list[tuple[str, str]]:
    """(name, category) of each tag of an input."""
    return [
        (a_text(tag, "tag_name"), optional_text(tag, "tag_category_name") or "")
        for tag in inputs(input, name)
    ]


def the_collection(
    context: Context, connection: sa.Connection, input: Input
) -> collecting.CollectionRow:
    """The collection that the input names by entity, project and name, to be changed."""
    entity, project = owner(context, input), a_text(input, "project_name")
    name = a_text(input, "artifact_collection_name")
    key = existing_project(context, connection, entity, project)
    found = collecting.find_collection(connection, key, name)
    if found is None:
        raise RegistryNotFound(f"There is no collection {entity}/{project}/{name}.")
    return found


def viewer_entity(context: Context) -> str:
    """The viewer's default entity, for requests that name none."""
    user = context.viewer()
    entity = user and context.entity.get(user.chosen_entity_key)
    if not entity:
        raise RegistryRefused("The request names no entity, and its key belongs to nobody.")
    return entity.name


def owner(context: Context, input: Input) -> str:
    """The entity that an input names; an empty name means that of the viewer.

    The official client sends one for a run that began offline, when it did not know the entity.
    """
    return optional_text(input, "entity_name") or viewer_entity(context)
