"""A chat loop that plans with the tools."""
