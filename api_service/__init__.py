"""The read service: questions, jobs and health over HTTP. Never crawls, never generates for storage."""
