"""What the client costs beside the official one and beside what the transport allows."""
