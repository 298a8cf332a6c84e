"""The offline engine: deterministic answers to every purpose, for when no model provider has a key."""
