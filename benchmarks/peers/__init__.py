"""The system beside others that do the same work (``make bench-peers``)."""
