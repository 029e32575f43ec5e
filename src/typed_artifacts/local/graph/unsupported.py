"""Fields of a W&B server outside artifacts, refused with an explanation."""

import re

from graphql import GraphQLError

_UNKNOWN = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'|Unknown type '(\w+)'")
# Members of the schema of a W&B server, as the official client asks for them: `field`,
# `Type.field` where the field alone would say too little, or the name of a type.
_SUBJECTS = {
    "metrics": (
        *("history", "events", "sampledHistory", "parquetHistory", "exactHistory"),
        *("HistorySpec", "logLines", "createCustomChart", "rewindRun"),
    ),
    "media or other files of runs": (
        *("Run.files", "Run.fileCount", "deleteFiles", "markRunFilesUploaded"),
    ),
    "automations": (
        *("triggers", "Entity.integrations", "createFilterTrigger", "updateFilterTrigger"),
        *("deleteTrigger", "CreateFilterTriggerInput", "UpdateFilterTriggerInput"),
        *("createGenericWebhookIntegration", "CreateGenericWebhookIntegrationInput"),
        *("ARIATriggeredAction", "NotificationTriggeredAction", "NoOpTriggeredAction"),
        *("GenericWebhookTriggeredAction", "FilterEventTriggeringCondition", "SlackIntegration"),
        *("GenericWebhookIntegration", "QueueJobTriggeredAction", "Trigger"),
        *("notifyScriptableRunAlert",),
    ),
    "sweeps": (
        *("sweep", "sweeps", "totalSweeps", "upsertSweep", "createAgent", "agentHeartbeat"),
        *("enqueueSweepRun", "Sweep", "Agent", "UpsertSweepInput"),
    ),
    "launch queues": (
        *("RunQueueAccessType", "RunQueuePrioritizationMode", "runQueue", "runQueues"),
        *("defaultResourceConfig", "createRunQueue", "upsertRunQueue"),
        *("deleteRunQueues", "deleteFromRunQueue", "pushToRunQueue", "pushToRunQueueByName"),
        *("popFromRunQueue", "ackRunQueueItem", "failRunQueueItem", "launchAgent"),
        *("updateRunQueueItemWarning", "createLaunchAgent", "updateLaunchAgent"),
        *("createDefaultResourceConfig",),
    ),
    "reports": ("allViews", "upsertView", "deleteView"),
    "API keys over GraphQL (its command makes them)": ("generateApiKey", "deleteApiKey"),
    "service accounts": ("createServiceAccount",),
    "changes of a run's state by others": ("updateRunState", "stopRun", "UpdateRunStateInput"),
}
_SUBJECT_OF = {name: subject for subject, names in _SUBJECTS.items() for name in names}


def explained(error: GraphQLError) -> GraphQLError:
    """The error of a validation, with the reason if it is about what this server does not keep."""
    found = _UNKNOWN.match(error.message)
    if found is None:
        return error
    member, owner, kind = found.groups()
    subject = _SUBJECT_OF.get(member or kind) or _SUBJECT_OF.get(f"{owner}.{member}")
    if subject is None:
        return error
    return GraphQLError(
        f"{error.message.partition(' Did you mean ')[0]} This server keeps artifacts, collections "
        f"and registries; it has no {subject}. Use a W&B server for that.",
        error.nodes,
        error.source,
        error.positions,
        error.path,
    )
