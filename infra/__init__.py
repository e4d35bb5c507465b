"""How Parley is built and deployed: resources, packaging, policies, the local stack."""
