"""Servers over HTTP and MCP."""
