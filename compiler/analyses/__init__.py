"""Facts about a program: which iteration of a loop needs which (`dependence`), and what depends on the data
alone (`stages`).
"""
