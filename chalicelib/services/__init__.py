"""The business rules, one module per capability; each function takes the TenantContext first."""
