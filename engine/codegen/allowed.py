"""What emitted source may import and name: what the kinds declare, and what the emitter itself writes; it must not know trees.

A name is written as it stands in source: `nn.Conv2d` from an import on, `.mean` for what is asked of any other value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Role

BUILTINS: Final = frozenset(
    {"super", "range", "enumerate", "bool", "float", "int", "dict", "str", "tuple", "list", "object"}
)
"""Names that emitted source uses without making them."""
_PLAIN: Final = frozenset({("torch", "torch"), ("torch.nn.functional", "F")})
FIXED: Final = frozenset(
    {
        *(
            "torch.Tensor",
            "torch.from_numpy",
            "nn.Module",
            "nn.ModuleList",
            "split.split",
            "Data",
            "Follower",
            "Objective",
        ),
        *(".detach", ".items", ".shape", ".state_dict", ".update"),
    }
)
"""What the emitter writes around what kinds give: annotations, held values, sizes, watched values."""
_NETWORKS: Final = "model"
"""The module of the emitted networks: its names are the classes of a project."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An allow-list.

    Attributes:
        chains: dotted names from an import on, and `.NAME`s asked of other values.
        imports: what each module may be asked for.
    """

    chains: frozenset[str]
    imports: frozenset[tuple[str, str]]

    def allows_import(self, module: str, name: str) -> bool:
        """Say whether `from module import name` may stand in emitted source."""
        return (module, name) in self.imports or (module == _NETWORKS and name[:1].isupper())

    def allows_module(self, module: str, name: str) -> bool:
        """Say whether `import module as name` may."""
        return (module, name) in _PLAIN

    def allows(self, chain: str, module: str) -> bool:
        """Say whether a dotted name may.

        Args:
            chain: The name as it stands.
            module: Where its first word is imported from; empty for a plain import.
        """
        return chain in self.chains or (module == _NETWORKS and "." not in chain)


@cache
def allowed() -> Allowed:
    """Collect what all kinds declare; it is the same for every project."""
    chains = set(FIXED)
    imports = {("torch", "nn"), ("torch.nn.utils", "parametrizations")}
    for kind in CATALOGUE.values():
        chains.update(kind.calls)
        if kind.code is not None and kind.role is Role.SOURCE:
            chains.add(f"{kind.code.module}.{kind.code.function}")
            imports |= _ours("", "sources", kind.code.module)
        elif kind.code is not None:
            chains |= {kind.code.function, f"{kind.code.function}.fit"}
            imports |= _ours("feed.", kind.code.module, kind.code.function)
    imports |= _ours("", "sources", "split")
    imports |= _ours("feed.", "dataset", "Data")
    for module, name in (("loop", "Objective"), ("followers", "Follower")):
        imports |= _ours("train.", module, name)
    return Allowed(frozenset(chains), frozenset(imports))


def _ours(package: str, module: str, name: str) -> set[tuple[str, str]]:
    """Name a module of ours as it is imported within Netwright and in a stand-alone project."""
    return {(f"engine.{package}{module}", name), (module, name)}
