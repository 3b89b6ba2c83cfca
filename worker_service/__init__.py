"""The worker: claims jobs, processes pages, publishes questions."""
