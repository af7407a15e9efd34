"""The document: it alone holds the current project and tells of every change; it must not know edits' kinds or Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from engine.graph.edits import Edit
from engine.graph.types import Project


@dataclass(frozen=True, slots=True)
class ProjectChanged:
    """The document holds another project."""

    before: Project
    after: Project


Subscriber = Callable[[ProjectChanged], None]


class Subscription:
    """The handle of one subscriber; it hears of changes until the handle is closed."""

    __slots__ = ("_document", "_subscriber")

    def __init__(self, document: Document, subscriber: Subscriber) -> None:
        self._document = document
        self._subscriber = subscriber

    def close(self) -> None:
        """Stop hearing of changes; closing twice is harmless."""
        self._document.unsubscribe(self)

    def tell(self, event: ProjectChanged) -> None:
        """Hand an event to the subscriber."""
        self._subscriber(event)


class Document:
    """Holds the current project.

    Args:
        project: the first project.
    """

    __slots__ = ("_events", "_project", "_subscriptions", "_telling")

    def __init__(self, project: Project | None = None) -> None:
        self._project = project if project is not None else Project()
        self._subscriptions: list[Subscription] = []
        self._events: deque[ProjectChanged] = deque()
        self._telling = False

    @property
    def project(self) -> Project:
        """The current project."""
        return self._project

    def apply(self, edit: Edit) -> ProjectChanged:
        """Change the project by an edit.

        Returns:
            What has changed; subscribers have heard of it once.

        Raises:
            EditRefused: the edit does not fit; nothing has changed then.
        """
        return self.replace(edit.apply(self._project))

    def replace(self, project: Project) -> ProjectChanged:
        """Hold another project (undo, redo, another file)."""
        event = ProjectChanged(self._project, project)
        self._project = project
        self._events.append(event)
        self._tell()
        return event

    def subscribe(self, subscriber: Subscriber) -> Subscription:
        """Call `subscriber` with every change from now on.

        Returns:
            The handle; keep it and close it.
        """
        subscription = Subscription(self, subscriber)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def _tell(self) -> None:
        # A subscriber that changes the project is heard after all have heard of the change that moved it to do so.
        if self._telling:
            return
        self._telling = True
        try:
            while self._events:
                event = self._events.popleft()
                for subscription in tuple(self._subscriptions):
                    if subscription in self._subscriptions:
                        subscription.tell(event)
        finally:
            self._telling = False
            self._events.clear()
