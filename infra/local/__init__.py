"""The whole platform on one machine: an AWS emulator, the sandbox, gateways and consumers."""
