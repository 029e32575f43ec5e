"""The documented surface, as data: constructors, properties, methods, in order, with defaults.

`name` is a required argument, `name=value` one with a default. What follows a lone `*` in the code
is an addition of this project's and may grow; what stands here may not change.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Documented:
    """One class of the reference."""

    arguments: str
    properties: str = ""
    settable: str = ""
    methods: dict[str, str] = field(default_factory=dict[str, str])
    sized: bool | None = None  # None: no list


LISTS = "more cursor objects"

REFERENCE = {
    "ArtifactTypes": Documented("client entity project per_page=50", LISTS, sized=False),
    "ArtifactType": Documented(
        "client entity project type_name attrs=None",
        "id name",
        methods={"collection": "name", "collections": "per_page=50"},
    ),
    "ArtifactCollections": Documented(
        "client entity project type_name per_page=50", f"length {LISTS}", sized=True
    ),
    "ProjectArtifactCollections": Documented(
        "client entity project per_page=50", f"length {LISTS}", sized=True
    ),
    "ArtifactCollection": Documented(
        "client entity project name type organization=None attrs=None",
        "aliases created_at description id name tags type",
        "description name tags type",
        {
            "artifacts": "per_page=50",
            "change_type": "new_type",
            "delete": "",
            "is_sequence": "",
            "save": "",
        },
    ),
    "Artifacts": Documented(
        "client entity project collection_name type filters=None order=None per_page=50 tags=None",
        f"length {LISTS}",
        sized=True,
    ),
    "RunArtifacts": Documented(
        "client run mode='logged' per_page=50", f"length {LISTS}", sized=True
    ),
    "ArtifactFiles": Documented(
        "client artifact names=None per_page=50", f"length path {LISTS}", sized=True
    ),
    "Api": Documented(
        "overrides=None timeout=None api_key=None",
        "default_entity client",
        methods={
            "artifact_types": "project=None start=None",
            "artifact_type": "type_name project=None",
            "artifact_collections": "project_name type_name order=None per_page=50 start=None",
            "artifact_collection": "type_name name",
            "artifacts": "type_name name order=None per_page=50 tags=None start=None",
            "artifact_versions": "type_name name per_page=50",
            "artifact": "name type=None",
            "artifact_exists": "name type=None",
            "artifact_collection_exists": "name type",
            "project": "name entity=None",
            "run": "path=''",
            "local": "root=None",
            "close": "",
        },
    ),
    "Project": Documented(
        "client entity name",
        methods={
            "collections": "filters=None order=None per_page=50",
            "artifacts_types": "per_page=50",
        },
    ),
    "Run": Documented(
        "client entity project run_id attrs=None",
        "id name path",
        methods={"logged_artifacts": "per_page=100", "used_artifacts": "per_page=100"},
    ),
    "Client": Documented("base_url=None api_key=None", "settings queries"),
}

#: What sends a request when it is called: awaited in the async flavour.
AWAITED = {
    "ArtifactType": "collection load",
    "ArtifactCollection": "aliases change_type delete save load",
    "Artifacts": "length",
    "ArtifactCollections": "length",
    "ProjectArtifactCollections": "length",
    "RunArtifacts": "length",
    "ArtifactFiles": "length",
    "Api": (
        "artifact_type artifact_collection artifact artifact_exists artifact_collection_exists run "
        "default_entity close"
    ),
    "Client": "execute send default_entity locate close",
}
