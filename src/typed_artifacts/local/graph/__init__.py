"""The GraphQL side of the registry: schema, resolvers, execution."""
