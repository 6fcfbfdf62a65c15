"""Scenarios that behave like people, one file each, run by locust; ``loadtest.scenarios`` sets them up."""
