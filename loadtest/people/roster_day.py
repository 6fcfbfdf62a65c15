"""The day a roster is drawn up for Korea: a few offices check folders of 200 files, all in the same lists."""

from loadtest.people.shared import Person


class Office(Person):
    """Sends one folder after another under its licence."""
