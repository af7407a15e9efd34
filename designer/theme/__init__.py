"""The look: colours, sizes, fonts, icons and the style sheet, read from one file of tokens.

It knows Qt and the token file, and nothing of graphs, documents or panels.
"""
