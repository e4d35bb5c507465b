"""Measurements of the campaign engine, each with the bar that it has to hold.

`python -m bench NAME` runs one and prints its result as one JSON object on the last line;
`python -m bench all` runs all and writes docs/benchmarks.md. Nothing here is a test's pass or fail:
figures depend on the machine, which the page names.
"""
