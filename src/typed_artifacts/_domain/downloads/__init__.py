"""What a download fetches, from where, and into which folder."""
