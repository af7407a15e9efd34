"""The newest pictures of nodes in every model and use, and which of these a person looks at; no widgets in here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.runs.events import Picture, Probed, Use


@dataclass(frozen=True, slots=True)
class Movement:
    """How training pulls at a node."""

    step: int
    gradient: float | None
    """L2 norm of the gradient."""
    update: float | None
    """How far a step moves the weights, over their size."""

    @property
    def is_known(self) -> bool:
        """Whether there is anything to say."""
        return self.gradient is not None or self.update is not None


def use_title(use: Use) -> str:
    """Write which model, and which use of it: `discriminator · see_real`."""
    return " · ".join(filter(None, (use.model, use.use)))


class Sights:
    """Keeps pictures by node, and shows of each the use that was chosen for its network: the first, until one is."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._pictures: dict[str, dict[tuple[str, str, str], Picture]] = {}
        self._probe: Probed | None = None
        self._uses: tuple[Use, ...] = ()
        self._chosen: dict[str, Use] = {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Nodes with pictures, whatever is chosen, as `NETWORK.node`."""
        return tuple(self._pictures)

    @property
    def probe(self) -> Probed | None:
        """The newest of the run."""
        return self._probe

    @property
    def is_of_run(self) -> bool:
        """Whether the newest pictures are of the probe, not of a preview."""
        return bool(self._uses)

    def put(self, pictures: Iterable[Picture], keeps: tuple[str, ...] = ()) -> None:
        """Keep these pictures, of no run, instead of those before.

        Args:
            pictures: Of a preview, which has no uses to choose from.
            keeps: What of the nodes stays, e.g. weights as the run left them.
        """
        kept = [picture for several in self._pictures.values() for picture in several.values() if picture.what in keeps]
        self._pictures, self._uses = {}, ()
        self._add((*pictures, *kept))

    def take(self, probe: Probed) -> None:
        """Keep what a run's probe has seen beside what it has not."""
        self._probe, self._uses = probe, probe.uses
        self._add(probe.pictures)

    def clear(self) -> None:
        """Forget what was seen; what was chosen stays."""
        self._pictures, self._probe, self._uses = {}, None, ()

    def uses(self, network: str) -> tuple[Use, ...]:
        """Give the uses of a network's models that there are pictures of."""
        return tuple(use for use in self._uses if use.network == network)

    def choose(self, use: Use) -> None:
        """Look at this use of its network from now on."""
        self._chosen[use.network] = use

    def chosen(self, network: str) -> Use | None:
        """Give the use of a network that is looked at; None where the probe tells of none."""
        there = [use for use in self._probe.uses if use.network == network] if self._probe else []
        wanted = self._chosen.get(network)
        return wanted if wanted in there else next(iter(there), None)

    def shown(self, address: str) -> Mapping[str, Picture]:
        """Give the pictures of a node in the use looked at, by what they are of."""
        use = self.chosen(address.partition(".")[0])
        found = self._pictures.get(address, {})
        return {what: picture for (what, *where), picture in found.items() if _fits(where, use)}

    def movement(self, address: str) -> Movement | None:
        """Give how the run pulls at a node in the model looked at; None where it does not."""
        network, _, node = address.partition(".")
        use = self.chosen(network)
        if self._probe is None or use is None:
            return None
        key = f"{use.model}.{node}"
        probe = self._probe
        found = Movement(probe.step, probe.gradient_norms.get(key), probe.update_ratios.get(key))
        return found if found.is_known else None

    def _add(self, pictures: Iterable[Picture]) -> None:
        for picture in pictures:
            found = self._pictures.setdefault(picture.address, {})
            if picture.model:
                found.pop((picture.what, "", ""), None)  # of a preview
            found[picture.what, picture.model, picture.use] = picture


def _fits(where: Iterable[str], use: Use | None) -> bool:
    """Whether a picture of a model and use is of the one looked at; what names none is of all."""
    return use is None or all(has in ("", wants) for has, wants in zip(where, (use.model, use.use), strict=True))
