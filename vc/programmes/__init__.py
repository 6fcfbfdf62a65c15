"""What a route to work asks for, and what is on record of it: rules as data, and the engine that reads them.

Pure but for the files of ``schemas/programmes``: no clock, no chance, no network. Nothing here says of a
person that they may go or be chosen; each requirement has an answer of its own.
"""
