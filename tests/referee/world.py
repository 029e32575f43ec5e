"""What both clients know of the world: names only."""

#: A user, and by `--open` its entity; long enough for the official client to take it for a key.
USER = "referee_0123456789_0123456789_0123456789"
PROJECT = "world"
#: The collection that each client changes.
TWINS = {"official": "twin-a", "ours": "twin-b", "async": "twin-c"}
