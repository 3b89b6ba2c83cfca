"""Use cases behind the routers; they know neither HTTP nor MongoDB."""
