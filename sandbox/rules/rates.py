"""What a delivered message costs in the sandbox: one invented rate per category, in US dollars.

Meta's rates differ by market and change each quarter; a business compares its own table with
analytics, and for that any rate will do.
"""

_RATES = {
    "marketing": 0.025,
    "marketing_lite": 0.025,
    "utility": 0.008,
    "authentication": 0.009,
    "authentication-international": 0.03,
    "service": 0.008,
}


def cost_of(category: str) -> float:
    """Return the cost of one billable message of a pricing category; 0 for an unknown one."""
    return _RATES.get(category, 0.0)
