"""Data that crosses module borders: plain, frozen pydantic models without behaviour that needs I/O."""
