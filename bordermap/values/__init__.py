"""What a cell means: text, dates, numbers, coordinates and lengths as people write them.

Every function is pure. Those that read a cell never raise, whatever the cell holds: they return
what is surely meant, and a :class:`~bordermap.values.text.Note` for whatever was put right, left
out or not understood. Only :func:`~bordermap.values.lengths.parse_length_m` raises, because what
it reads was typed by the user on purpose.
"""
