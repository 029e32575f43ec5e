"""The same edits with both clients, each on its own copy, and the results."""

from typing import NamedTuple


class Edit(NamedTuple):
    """Statements of a user, and what the client itself sees afterwards.

    `T` is the twin's name.
    """

    does: str
    sees: str


EDITS = (
    Edit(
        """
a = api.artifact(f'{P}/{T}:v1')
a.description = 'changed'
a.metadata = {'n': 1, 'deep': {'x': [1, None]}}
a.tags = ['new', 'two words']
a.aliases.append('prod')
a.ttl = timedelta(days=3)
a.save()
""",
        "[a.description, a.metadata, sorted(a.tags), sorted(a.aliases), a.ttl]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/{T}:v2')
a.aliases = ['prod', 'other']
a.metadata['added'] = True
a.save()
""",
        "[sorted(a.aliases), a.metadata, sorted(api.artifact(f'{P}/{T}:v1').aliases)]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/{T}:v1')
a.aliases.append('latest')
a.save()
b = api.artifact(f'{P}/{T}')
c = api.artifact(f'{P}/{T}:v3')
c.aliases += ['latest']
c.save()
c.aliases += ['latest']
c.tags = c.tags
c.save()
""",
        "[sorted(a.aliases), b.version, sorted(c.aliases), api.artifact(f'{P}/{T}').version]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/{T}:v1')
a.tags.remove('new')
a.aliases.remove('number1')
a.ttl = None
a.save()
""",
        "[a.tags, a.aliases, a.ttl]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/{T}:v1')
a.ttl = ArtifactTTL.INHERIT
a.save()
a.save()
""",
        "[api.artifact(f'{P}/{T}:v1').ttl, api.artifact(f'{P}/{T}:v1').tags]",
    ),
    Edit(
        """
c = api.artifact_collection('dataset', f'{P}/{T}')
c.description = 'about it'
c.tags = ['x', 'y z']
c.save()
""",
        "[c.description, c.tags, c.name, c.type]",
    ),
    Edit(
        """
c = api.artifact_collection('dataset', f'{P}/{T}')
c.tags.remove('x')
c.tags.append('w')
c.type = 'model'
c.save()
""",
        "[sorted(c.tags), c.type, api.artifact(f'{P}/{T}:v0').type]",
    ),
    Edit(
        """
c = api.artifact_collection('model', f'{P}/{T}')
c.change_type('dataset')
""",
        "[c.type, api.artifact_collection('dataset', f'{P}/{T}').type]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/{T}:v1')
b = a.link(f'{P}/port-{T}', aliases=['staging'])
api.artifact(f'{P}/{T}:v2').link(f'{P}/port-{T}')
a.link(f'{PROJECT}/other-{T}')
""",
        "[b.qualified_name, b.source_qualified_name, b.is_link, sorted(b.aliases), b.version]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/port-{T}:v1')
a.aliases.append('chosen')
a.save()
api.artifact(f'{P}/port-{T}:staging').unlink()
""",
        "[a.aliases, [x.source_name for x in api.artifacts('dataset', f'{P}/port-{T}')]]",
    ),
    Edit(
        "api.artifact(f'{P}/other-{T}:v0').delete()",
        "[len(api.artifacts('dataset', f'{P}/other-{T}')), api.artifact_exists(f'{P}/{T}:v1')]",
    ),
    Edit(
        "api.artifact_collection('dataset', f'{P}/other-{T}').delete()",
        "api.artifact_collection_exists(f'{P}/other-{T}', 'dataset')",
    ),
    Edit("api.artifact(f'{P}/{T}:v0').delete()", "api.artifact_exists(f'{P}/{T}:v0')"),
    Edit(
        "api.artifact(f'{P}/{T}:v0').delete(delete_aliases=True)",
        "api.artifact_exists(f'{P}/{T}:v0')",
    ),
    Edit(
        "api.artifact(f'{P}/{T}').delete(delete_aliases=True)",
        "[[x.version, sorted(x.aliases)] for x in api.artifacts('dataset', f'{P}/{T}')]",
    ),
    Edit(
        """
a = api.artifact(f'{P}/{T}:v1')
got = api.run(f'{P}/user').use_artifact(a)
""",
        "[got.name, [r.id for r in a.used_by()]]",
    ),
    Edit(
        """
c = api.artifact_collection('dataset', f'{P}/{T}')
c.name = f'renamed-{T}'
c.save()
""",
        "[c.name, api.artifact(f'{P}/renamed-{T}:prod').version]",
    ),
    Edit(
        "api.artifact_collection('dataset', f'{P}/gone-{T}').delete()",
        "api.artifact_collection_exists(f'{P}/gone-{T}', 'dataset')",
    ),
)

#: What each client sees of both twins when both have edited.
FINALLY = (
    "[[x.name, sorted(x.aliases), sorted(x.tags), x.description, x.metadata, x.ttl, x.digest] "
    "for x in api.artifacts('dataset', f'{P}/renamed-{T}')]",
    "[[x.name, sorted(x.aliases), x.source_name] "
    "for x in api.artifacts('dataset', f'{P}/port-{T}')]",
    "api.artifact_collection('dataset', f'{P}/renamed-{T}').description",
    "sorted(api.artifact_collection('dataset', f'{P}/renamed-{T}').tags)",
    "sorted(api.artifact_collection('dataset', f'{P}/renamed-{T}').aliases)",
    "api.artifact_collection_exists(f'{P}/gone-{T}', 'dataset')",
    "api.artifact_collection_exists(f'{P}/other-{T}', 'dataset')",
    "api.artifact_exists(f'{P}/renamed-{T}:v0')",
)
