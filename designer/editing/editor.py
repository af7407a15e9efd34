"""The only door to the document for gestures, forms and menus: one verb makes one edit and one undo step.

What a verb does to the project is worked out by `nodes`, `layout` and `clipboard`, without Qt; the verbs push it on
the undo stack and select what came of it. It must not know any view.
"""

from __future__ import annotations

from designer.editing.clipboard_verbs import ClipboardVerbs
from designer.editing.node_verbs import NodeVerbs
from designer.editing.structure_verbs import StructureVerbs
from designer.editing.wire_verbs import WireVerbs


class Editor(NodeVerbs, WireVerbs, ClipboardVerbs, StructureVerbs):
    """All verbs, with the undo stack, the selection and the open graph."""
