"""Meta's rules as pure functions: no transport, no clock of their own, no randomness."""
