"""The sandbox's tests; `bench` is what they share."""
