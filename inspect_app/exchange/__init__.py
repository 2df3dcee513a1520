"""Bytes in, bytes out: forms, photos, tables. Knows the domain, never the database."""
