"""The morning of a job fair: recruiters in one hall check cards, files and tokens of those who queue up."""

from loadtest.people.shared import Person


class Recruiter(Person):
    """Checks, now and then opens the page, and seldom a small batch."""
