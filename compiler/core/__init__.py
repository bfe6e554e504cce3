"""The intermediate representation and its four companions.

ir.py     the nodes, in A-normal form;  show.py  as text;  read.py  from text
check.py  what every pass must keep;    walk.py  names used and bound, substitution, fresh names
"""
