"""Our verification beside that of other people's libraries: the same credentials, one process each."""
