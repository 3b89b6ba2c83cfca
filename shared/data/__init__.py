"""MongoDB: connection, repositories, and every index beside the query that it serves."""
