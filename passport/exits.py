"""Exit statuses that say something of their own."""


class StatedExit(SystemExit):
    """The end of a command whose status is its answer, also where that is the number of a usage error."""
