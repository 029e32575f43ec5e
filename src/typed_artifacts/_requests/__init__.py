"""One GraphQL request: operation, variables, envelope, response to value or error, retry.

May import ``settings``, ``errors``, ``_environment``, ``_values`` and, by name, the models of
``_graphql``; knows nothing of artifacts. Hands out ``Operation``, ``Reply``, ``RetryPolicy``,
``RequestEvent`` and the transports.
"""
