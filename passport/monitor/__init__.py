"""The external monitor: it knows only what everybody may fetch, and remembers what it has seen.

It shares no code with the services it watches beyond the core, the fetcher and the form of checkpoints.
"""
