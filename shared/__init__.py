"""What both services promise each other: models, queue, repositories, AI clients. Imports neither service."""
