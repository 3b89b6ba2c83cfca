"""How good retrieval and answers are, on sets that were written for this: ``python -m benchmarks.quality``."""
