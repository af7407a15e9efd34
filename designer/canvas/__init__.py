"""The graph drawn: one scene item that paints all of it in batches, and the gestures that edit it.

It knows the editor's verbs and the theme, and no panel.
"""
