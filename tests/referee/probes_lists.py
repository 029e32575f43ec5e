"""What is asked of lists: lengths, indexing, loops, resuming."""

from tests.referee.subjects import SUBJECTS

PAGERS = {
    "kinds": ("entity", "project"),
    "collections": ("entity", "project", "type_name", "filters", "order"),
    "all_collections": ("entity", "project", "filters", "order"),
    "versions": ("entity", "project", "collection_name", "type", "filters", "order", "tags"),
    "logged": ("run.id",),
    "used": ("run.id",),
    "files": ("artifact.id",),
}

LISTS = [
    *(
        text.format(pager)
        for pager in PAGERS
        for text in (
            "len({0})",
            "{0}.length",
            "{0}.per_page",
            "[item.name for item in {0}]",
            "{0}[1].name",
            "[item.name for item in {0}[0:2]]",
            "{0}.more",
            "len({0}.objects)",
            "len(list({0}))",
            "{0}.cursor",
        )
    ),
    "len(api.artifact_types(P)[0:2])",
    "api.artifact_types(P)[1].name",
    "versions[0].version",
    "versions[3].version",
    "versions[4].version",
    "versions[-1].version",
    "[a.version for a in versions[1:3]]",
    "[a.version for a in versions[:2]]",
    "[a.version for a in versions[0:99]]",
    "[a.version for a in api.artifacts('dataset', f'{P}/data')[:]]",
    "[a.version for a in api.artifacts('dataset', f'{P}/data')[2:]]",
    "[a.version for a in api.artifacts('dataset', f'{P}/data', per_page=1)[:-1]]",
    "[a.version for a in api.artifacts('dataset', f'{P}/data')[0:4:2]]",
    "[(a.version, b.version) for a in versions for b in versions]",
    "next(api.artifacts('dataset', f'{P}/data')).version",
    *(f"{pager}.{name}" for pager, names in PAGERS.items() for name in names),
    *(f"{SUBJECTS[pager]}.next().name" for pager in PAGERS),
    "[a.version for a in versions] == [a.version for a in versions]",
    "versions.index < len(versions)",
    "versions.variables['perPage']",
    "versions.last_response is None",
    "api.artifacts('dataset', f'{P}/data').more",
    "api.artifacts('dataset', f'{P}/data').cursor",
    "len(versions.objects)",
    "len(api.artifacts('dataset', f'{P}/data').objects)",
    "[a.version for a in api.artifacts('dataset', f'{P}/data', start=versions_cursor)]",
    "[a.version for a in collection.artifacts(start=versions_cursor)]",
    "[c.name for c in api.artifact_collections(P, 'table', start=collections_cursor)]",
    "[c.name for c in api.artifact_type('table', P).collections(start=collections_cursor)]",
    "[k.name for k in api.artifact_types(P, start=types_cursor)]",
    "[f.name for f in artifact.files(start=files_cursor)]",
]
