"""What a text says without asking any model: its sentences, language, numbers and names, and what it holds."""
