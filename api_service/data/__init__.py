"""The read side of the stored content."""
