"""Load and cost measurements; run by hand, never as timed tests."""
