"""Everybody at once, on a verifier that was started a moment ago and has fetched nothing yet."""

from loadtest.people.shared import Person


class Newcomer(Person):
    """Asks at once, and again."""
