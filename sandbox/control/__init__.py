"""The control API under /sandbox: what a test or a person may ask of the simulated world."""
