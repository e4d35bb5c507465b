"""The demo: a campaign from a CSV to a reconciled report, done as any client of the API would."""
