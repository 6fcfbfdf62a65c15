"""The demo world: invented people and organisations, drawn from the source report's figures.

Nobody here exists. Data and generators only: no database, no clock.
"""
