"""Offers: what the shop's slices show on the pages of a screen, their own or a lower slice's."""

from __future__ import annotations

from app.core.declaration import Panel, RelatedPanel, Screen
from app.core.kernel import kernel


def offers(screen: Screen) -> list[Panel | RelatedPanel]:
    """Return the boxes and related lists that go with a record of `screen`, in their order."""
    enabled = kernel().screens
    found = [
        panel for capability in kernel().enabled for panel in capability.panels if panel.on == screen.name
    ]
    return sorted(
        (panel for panel in found if isinstance(panel, Panel) or panel.screen in enabled),
        key=lambda panel: panel.order,
    )


def related_panels(screen: Screen) -> list[RelatedPanel]:
    """Return the related lists alone."""
    return [panel for panel in offers(screen) if isinstance(panel, RelatedPanel)]
