"""The Graph API: one module per resource, a table of paths, Graph's error bodies."""
