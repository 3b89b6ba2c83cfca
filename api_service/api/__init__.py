"""HTTP: the application, its routers and middleware."""
