"""Data the program reads at run time: colours and sizes, icons, help texts and project templates.

It holds no code and knows nothing of who reads it.
"""
