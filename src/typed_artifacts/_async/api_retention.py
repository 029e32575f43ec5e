"""The methods of ``AsyncApi`` that plan and apply the deletion of versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.client.api_base import ApiBase
from .client import AsyncClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from .._domain.arguments.checks import Filters
    from .._retention.plan import PrunePlan
    from .._retention.progress import PruneProgress
    from .._retention.report import PruneReport
    from .._values.string_sequences import StringSequence


class AsyncApiRetention(ApiBase[AsyncClient]):
    """A base of ``AsyncApi``."""

    async def plan_prune(
        self,
        project: str | None = None,
        *,
        type: str | None = None,
        collection: str | None = None,
        keep_last: int = 1,
        keep_aliases: StringSequence = ("*",),
        keep_tags: StringSequence = (),
        keep_used: bool = True,
        older_than: timedelta | None = None,
        filters: Filters | None = None,
        exact: bool = True,
    ) -> PrunePlan:
        """Plan which versions of a project to delete. Nothing is changed.

        A version is kept if any rule keeps it, or if a link to it in another collection is kept.
        Links are planned, too: deleting one frees no storage and does not delete its source.

        Sends the requests of ``holdings()``, for the whole project if ``exact``; with a filter, one
        per ten collections, with a thousand versions of each; and one per fifty versions to delete.
        If ``exact``, and there is something to delete, also one per fifty versions of the project
        (one for those with the same digest), with a thousand files of each.

        Args:
            project: ``[entity/]project``; the default project without one.
            type: only collections of this type.
            collection: only the collection of this name.
            keep_last: keep so many of the newest versions of each collection.
            keep_aliases: keep versions with an alias that one of these patterns (``*``, ``?``)
                matches; ``latest`` is one of them.
            keep_tags: the same with tags.
            keep_used: keep versions that a run has used.
            older_than: keep versions that are younger.
            filters: a Mongo-style filter; keep versions that it does not match.
            exact: take into account files that are shared with any version of the project;
                otherwise only versions with the same digest are compared, and ``frees`` may be
                too large.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project, or nothing in it of that type or name.
        """
        from .._domain.arguments.checks import narrowing_text
        from .._domain.projects.holdings import check_selection
        from .._retention.making import PlanInMaking
        from .._retention.rules import checked_rules
        from . import retention

        path = self._whole_project(project)
        check_selection(type, collection)
        rules = checked_rules(
            keep_last=keep_last,
            keep_aliases=keep_aliases,
            keep_tags=keep_tags,
            keep_used=keep_used,
            older_than=older_than,
            filters=narrowing_text(filters),
        )
        making = PlanInMaking(rules, None, type, collection)
        entity = await self._client.locate(path.entity, path.project)
        return await retention.make_plan(self._client, entity, path.project, making, exact=exact)

    async def plan_ttl(
        self,
        project: str | None = None,
        *,
        ttl: timedelta,
        type: str | None = None,
        collection: str | None = None,
        keep_last: int = 1,
        keep_aliases: StringSequence = ("*",),
        keep_tags: StringSequence = (),
        keep_used: bool = True,
        older_than: timedelta | None = None,
        filters: Filters | None = None,
    ) -> PrunePlan:
        """Plan which versions get a time to live, instead of deleting them. Nothing is changed.

        The rules are those of ``plan_prune()``, except that a link keeps a version only by an alias
        other than ``latest``; for others use a tag or a filter. The server deletes a version and
        its links when the time, counted from the version's creation, is over. (The embedded server
        only stores the time.) Links do not get a time to live. Sends the requests of
        ``holdings()``; with a filter, one per ten collections, with a thousand versions of each;
        and one per fifty versions that would get one.

        Args:
            project: ``[entity/]project``; the default project without one.
            ttl: the time to live, in whole seconds.
            type: only collections of this type.
            collection: only the collection of this name.
            keep_last: keep so many of the newest versions of each collection.
            keep_aliases: keep versions with an alias that one of these patterns (``*``, ``?``)
                matches; ``latest`` is one of them.
            keep_tags: the same with tags.
            keep_used: keep versions that a run has used.
            older_than: keep versions that are younger.
            filters: a Mongo-style filter; keep versions that it does not match.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project, or nothing in it of that type or name.
        """
        from .._domain.arguments.checks import narrowing_text
        from .._domain.projects.holdings import check_selection
        from .._retention.making import PlanInMaking
        from .._retention.rules import checked_rules, whole_seconds
        from . import retention

        path = self._whole_project(project)
        check_selection(type, collection)
        rules = checked_rules(
            keep_last=keep_last,
            keep_aliases=keep_aliases,
            keep_tags=keep_tags,
            keep_used=keep_used,
            older_than=older_than,
            filters=narrowing_text(filters),
        )
        making = PlanInMaking(rules, whole_seconds(ttl, "ttl"), type, collection)
        entity = await self._client.locate(path.entity, path.project)
        return await retention.make_plan(self._client, entity, path.project, making, exact=False)

    async def apply_plan(
        self,
        plan: PrunePlan,
        *,
        journal: Path | str | None = None,
        progress: bool | Callable[[PruneProgress], None] = False,
        pace: float | None = None,
        drop_empty: bool = False,
    ) -> PruneReport:
        """Apply a plan of ``plan_prune()`` or ``plan_ttl()``.

        Each batch is checked against the server immediately before it is applied: a version that
        has changed since the plan was made (a new alias, tag, use or link, or another edit) is
        skipped. Between this check and the deletion, the server still protects a version that gets
        a new alias (except one that has ``latest``: it is deleted with all its aliases, so that
        the server moves ``latest`` to another version). A tag, use or link that is added in between
        does not protect it. Refusals of the server are listed in the report, by version. The call
        may be interrupted at any time: applied again with the same journal, it continues.

        Sends two requests per fifty versions, and one per ten collections whose newest versions
        are kept; with ``drop_empty`` two per collection that ends up empty.

        Args:
            plan: the plan.
            journal: a file that records the outcome of each version, created if it does not exist.
            progress: ``True`` for a bar on stderr; a callable gets a ``PruneProgress`` after each
                batch.
            pace: the maximum number of versions per second.
            drop_empty: delete the collections that end up empty.

        Returns:
            The outcome of each version.

        Raises:
            InvalidInput: an argument is malformed, or the journal belongs to another plan.
            ArtifactsError: the server or the network failed, after the retries; the journal records
                what was done.
        """
        from .._retention.applying import check_options, check_plan
        from .._retention.progress import check_progress
        from . import retention

        check_plan(plan)
        check_options(pace, drop_empty)
        check_progress(progress)
        return await retention.carry_out(
            self._client, plan, journal=journal, progress=progress, pace=pace, drop_empty=drop_empty
        )
