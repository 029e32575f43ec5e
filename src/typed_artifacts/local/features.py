"""Server features, and the parts of the schema that belong to each."""

import difflib

from graphql import DocumentNode
from graphql.language import (
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
)

from .arguments import check_texts
from .errors import RegistryRefused

# Fields (`Type.field`) and arguments (`Type.field(argument)`) that a server without the feature
# lacks. The features that the official client asks about but that change no schema are here too.
FEATURES: dict[str, tuple[str, ...]] = {
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING": (
        # Not on ArtifactType: the official client sends both there whatever the server says.
        "Project.artifactCollections(filters)",
        "Organization.advancedRegistryFeatures",
    ),
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILES": (),
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER": (),
    "ARTIFACT_DIGEST_ALGORITHM": ("Artifact.digestAlgorithm",),
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE": ("LinkArtifactPayload.artifactMembership",),
    "ARTIFACT_REGISTRY_SEARCH": ("Entity.artifactCollections", "Entity.artifactMemberships"),
    "ARTIFACT_TAGS": (),
    "ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID": (),
    "CLIENT_IDS": (),
    "INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION": (),
    "PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP": (),
    "TOTAL_COUNT_IN_FILE_CONNECTION": ("FileConnection.totalCount",),
    "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION": (),
}


def chosen_features(text: str) -> frozenset[str]:
    """`all`, `none` or `NAME,NAME` as a set of names; refuses an unknown name."""
    check_texts(features=text)
    if text in ("all", "none"):
        return frozenset(FEATURES if text == "all" else ())
    chosen = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in sorted(chosen - FEATURES.keys()):
        near = difflib.get_close_matches(name.upper(), FEATURES, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; known are: {', '.join(FEATURES)}."
        raise RegistryRefused(f"There is no feature {name!r}{hint}")
    return chosen


def without(document: DocumentNode, features: frozenset[str]) -> DocumentNode:
    """The schema's text as a server that has only these features would have it."""
    removed = {
        member for name, members in FEATURES.items() if name not in features for member in members
    }
    definitions = tuple(
        _pruned(definition, removed)
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
        else definition
        for definition in document.definitions
    )
    return DocumentNode(definitions=definitions)


def _pruned(
    definition: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, removed: set[str]
) -> ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode:
    name = definition.name.value
    kept: list[FieldDefinitionNode] = []
    for member in definition.fields:
        location = f"{name}.{member.name.value}"
        if location in removed:
            continue
        arguments = [a for a in member.arguments if f"{location}({a.name.value})" not in removed]
        member.arguments = tuple(arguments)
        kept.append(member)
    definition.fields = tuple(kept)
    return definition
