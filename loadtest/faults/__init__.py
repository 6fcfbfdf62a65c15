"""Fault runs: the house under load while something breaks, and a search for what was lost afterwards."""
