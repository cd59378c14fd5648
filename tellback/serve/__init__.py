"""`tellback serve`: a local page where a text is told back as one watches, and where a summary or a session is audited.

One thing runs at a time, and the others stand in a line whose places are shown. Nothing is written to the disk.
"""
