"""Every mutation of the schema, as a user without permission would send it."""

import hashlib
from base64 import b64encode

import sqlalchemy as sa

from tests.local.shared_world import World
from typed_artifacts.local.database import tables as t
from typed_artifacts.local.database.ids import global_id


def base64_md5(text: str) -> str:
    return b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def mutations_at_private(world: World) -> dict[str, dict[str, object]]:
    """Every mutation of the schema, as whoever may not would send it at ann's private project."""
    version = world.versions["ann/private"].id
    project = world.id_of("Project", t.projects, t.projects.c.name == "private")
    inside = sa.select(t.projects.c.id).where(t.projects.c.name == "private").scalar_subquery()
    sequence, portfolio = (
        world.id_of(
            "ArtifactCollection",
            t.collections,
            t.collections.c.project_id == inside,
            t.collections.c.kind == kind,
        )
        for kind in ("SEQUENCE", "PORTFOLIO")
    )
    run = world.id_of("Run", t.runs, t.runs.c.project_id == inside)
    names = {"entityName": "ann", "projectName": "private"}
    collection = {**names, "artifactCollectionName": "c"}
    alias = {**collection, "alias": "taken"}
    tags = [{"tagName": "seen"}]
    eve = world.id_of("User", t.users, t.users.c.username == "eve")
    manifest = {"digest": base64_md5("x"), "name": "m", "runName": ""}
    return {
        "addAliases": {"artifactID": version, "aliases": [alias]},
        "commitArtifact": {"artifactID": version},
        "completeMultipartUploadArtifact": {
            "artifactID": version,
            "completeMultipartAction": "Complete",
            "completedParts": [],
            "storagePath": "x",
            "uploadID": "x",
        },
        "createArtifact": {
            **collection,
            "artifactTypeName": "dataset",
            "digest": "0" * 32,
            "digestAlgorithm": "MANIFEST_MD5",
        },
        "createArtifactCollectionTagAssignments": {**collection, "tags": tags},
        "createArtifactFiles": {
            "artifactFiles": [{"artifactID": version, "name": "x", "md5": base64_md5("x")}]
        },
        "createArtifactManifest": {"artifactID": version, **names, **manifest},
        "createProjectMembers": {"projectId": project, "userIds": [eve]},
        "deleteAliases": {"artifactID": version, "aliases": [{**alias, "alias": "best"}]},
        "deleteArtifact": {"artifactID": version, "deleteAliases": True},
        "deleteArtifactCollectionTagAssignments": {**collection, "tags": tags},
        "deleteArtifactPortfolio": {"artifactPortfolioID": portfolio},
        "deleteArtifactSequence": {"artifactSequenceID": sequence},
        "deleteModel": {"id": project},
        "deleteProjectMembers": {"projectId": project, "userIds": [eve]},
        "linkArtifact": {"artifactID": version, "artifactPortfolioID": portfolio},
        "moveArtifactSequence": {
            "artifactSequenceID": sequence,
            "destinationArtifactTypeName": "model",
        },
        "renameProject": {
            "entityName": "ann",
            "oldProjectName": "private",
            "newProjectName": "gone",
        },
        "unlinkArtifact": {"artifactID": version, "artifactPortfolioID": portfolio},
        "updateArtifact": {"artifactID": version, "description": "changed"},
        "updateArtifactManifest": {
            "artifactManifestID": global_id("ArtifactManifest", 1),
            "digest": base64_md5("y"),
        },
        "updateArtifactPortfolio": {"artifactPortfolioID": portfolio, "name": "new"},
        "updateArtifactSequence": {"artifactSequenceID": sequence, "name": "new"},
        "updateProjectMember": {"projectId": project, "userId": eve, "userProjectRole": "admin"},
        "updateProjectTeamMember": {
            "projectId": project,
            "teamId": world.id_of("Entity", t.entities, t.entities.c.name == "acme"),
            "teamProjectRole": "admin",
        },
        "upsertModel": {"id": project, "access": "USER_READ"},
        "useArtifact": {"artifactID": version, **names, "runName": "run"},
        "upsertBucket": {"id": run, "displayName": "changed"},
        # A run that is not there for the user is none to them: that it is gone is a success.
        "deleteRun": {"id": run, "deleteArtifacts": True},
        # Who is no administrator of the team, and names that are taken.
        "createInvite": {"entityName": "acme", "username": "eve"},
        "deleteInvite": {"entityName": "acme", "id": eve},
        "createTeam": {"teamName": "acme"},
        "createUser": {"email": "ann@localhost"},
        "updateUser": {"defaultEntity": "ann"},
        "createRunFiles": {**names, "runName": "run", "files": ["x"]},
    }
