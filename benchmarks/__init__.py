"""Measures the client, the official client and the floor: a lower bound set by the transport."""
