"""Settings, authentication and the mapping of errors to HTTP."""
