"""Vault's database backend for SQLite, named in DATABASES."""
