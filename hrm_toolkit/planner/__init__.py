"""The solver as a tool: what programs, language models and servers call."""
