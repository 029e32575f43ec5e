"""Run by test_official_client.py as a process of its own: users, teams, registries and runs.

Like official_session.py it writes down what the official client saw, of two users on one server.
"""
# pyright: basic
# pyright: reportOptionalMemberAccess=false
# (the official client's own types are loose: most of its attributes may be None or unknown)

import json
import os
import sys
from pathlib import Path
from typing import Any

import wandb
from wandb.sdk.lib.service.service_connection import WandbApiFailedError

OTHER = "another1" * 5
seen: dict[str, Any] = {}
api, other = wandb.Api(), wandb.Api(api_key=OTHER)
entity, stranger = str(api.default_entity), other.viewer


def roles(members: list[Any]) -> list[list[str]]:
    return [
        [each.user.username if hasattr(each, "user") else each.team.name, each.role]
        for each in members
    ]


team = api.create_team("crew", admin_username=entity)
seen["team"] = [team.name, [[m.username, m.account_type, m.admin] for m in team.members]]
seen["own team"] = [[m.username, m.account_type] for m in api.team(entity).members]
seen["invited"] = [team.invite(name) for name in (OTHER, OTHER, "nobody", "nobody@example.com")]
team.load(force=True)
seen["joined"] = [m.username for m in team.members]
seen["teams"] = sorted(wandb.Api(api_key=OTHER).viewer.teams)
seen["left"] = next(m for m in team.members if m.username == OTHER).delete()
team.load(force=True)
seen["stayed"] = [m.username for m in team.members]
made, found = api.create_user("new.one@example.com"), api.user("new.one@example.com")
assert found is not None
seen["user"] = [made.username, made.email, found.username]

name = f"{entity}-org"
organization = api.team(name)
seen["organization"] = [organization.invite(OTHER), organization.entity_type]
organization.load(force=True)
seen["of it"] = [[m.username, m.admin] for m in organization.members]
registry = api.create_registry("m", visibility="organization", organization=name, description="")
seen["registry"] = [registry.description, roles(registry.user_members())]
registry.add_members(stranger, team).update_member(stranger, role="viewer")
registry.update_member(team, role="restricted_viewer")
seen["members"] = [roles(registry.user_members()), roles(registry.team_members())]
registry.remove_members(team).update_member(stranger, role="admin")
registry.description = ""
registry.save()
registry = api.registry("m", name)
seen["changed"] = [registry.description, roles(registry.members())]

with wandb.init(project="p", id="seed=1", config={"lr": 0.5}) as run:
    run.log({"acc": 1, "loss": 2})
    run.log({"acc": 3})
    mine = run.log_artifact(wandb.Artifact("mine", "dataset")).wait()
    fresh = run.link_artifact(mine, f"{entity}/fresh/port", aliases=["chosen"])
    seen["linked"] = [fresh.project, fresh.aliases, fresh.source_project]
    elsewhere = wandb.Artifact("elsewhere", "dataset", storage_region="coreweave-us")
    try:
        run.log_artifact(elsewhere).wait()
    except ValueError as error:
        seen["region"] = "coreweave-us" in str(error)

with wandb.init(entity="crew", project="q") as run:
    theirs = run.log_artifact(wandb.Artifact("theirs", "dataset")).wait()
    run.use_artifact(mine)
    theirs.link("wandb-registry-m/kept")
path = f"{name}/wandb-registry-m/kept:v0"
seen["source"] = [api.artifact(path).source_project, api.artifact(path).logged_by().entity]
hidden = other.artifact(path)
seen["hidden"] = [hidden.source_entity, hidden.source_project, hidden.logged_by()]
hidden.aliases.append("by-the-stranger")
hidden.save()
seen["aliased"] = sorted(wandb.Api().artifact(path).aliases)
seen["used by"] = [
    [each.entity for each in client.artifact(f"{entity}/p/mine:v0").used_by()]
    for client in (api, other)
]

logged = api.run(f"{entity}/p/seed=1")
seen["run"] = [logged.state, logged.summary["acc"], logged.summary["loss"], logged.config["lr"]]
summary: Any = logged.summary
del summary["loss"]
logged.config["lr"] = 1
logged.update()
logged = wandb.Api().run(f"{entity}/p/seed=1")
seen["updated"] = ["loss" in logged.summary, logged.summary["acc"], logged.config["lr"]]
try:
    logged.files()[0]
except WandbApiFailedError as error:
    seen["media"] = "it has no media" in str(error)
logged.delete(delete_artifacts=True)
seen["deleted"] = [len(api.runs(f"{entity}/p")), api.artifact_exists(f"{entity}/p/mine:v0")]
Path(sys.argv[1]).write_text(json.dumps(seen))
os._exit(0)
