"""Model clients: embeddings, the LLM, and the engines that write questions with or without one."""
