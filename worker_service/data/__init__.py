"""The write side: what only the worker stores."""
