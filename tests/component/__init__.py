"""Services and storage against moto, in this process; each test starts with empty tables."""
