"""The language: texts, and what domains and problems say."""
