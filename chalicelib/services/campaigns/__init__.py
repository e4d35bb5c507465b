"""The campaign engine: audience, planning, pacing, sending, ledger, lifecycle."""
