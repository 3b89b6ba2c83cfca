"""Speed and memory of the real services, each figure beside a baseline from the same run."""
