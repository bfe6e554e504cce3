"""Facts about a program.

dependence.py   which iteration of a loop needs which
coverage.py     which elements of a variable have a site
"""
