"""Linking a row of a class list to the person in the Returnee Labour Database (RLD).

The link is the RLD number and nothing else. Names and birth date only confirm it; no likeness of
names ever makes a link (threat model, row 31).
"""
