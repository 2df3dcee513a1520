"""Tables, queries and evidence files. Knows the domain only."""
