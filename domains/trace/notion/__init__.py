"""Notion: its API as an export needs it."""
