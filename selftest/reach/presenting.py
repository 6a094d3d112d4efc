"""How tokens are presented is found out once a run and used by nearly every check of a resource server.

So what a departure does differently meanwhile counts for these checks only where something else comes of it; that is
asked of each such departure itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.client.context import Context
from conformance.client.presentation import Presentation
from conformance.client.resource_server import ResourceServer
from conformance.vocabulary import Outcome
from selftest.reach.comparing import Comparing, Notes


@contextmanager
def presentation_apart(comparing: Comparing) -> Iterator[Notes]:
    """Within this it is found out apart: yields the notes of it, and nothing of it is remembered but the result."""
    original, apart = ResourceServer._demanded_presentation, Notes()

    def demanded(self: ResourceServer) -> Presentation:
        remembered, known = self.context.remembered, set(self.context.remembered)
        before = comparing.taken()
        try:
            return original(self)
        finally:
            meanwhile = comparing.taken()
            apart.add(meanwhile)
            before.parts |= meanwhile.parts
            comparing.notes = before
            for key in remembered.keys() - known:
                del remembered[key]

    ResourceServer._demanded_presentation = demanded  # type: ignore[method-assign]
    try:
        yield apart
    finally:
        ResourceServer._demanded_presentation = original  # type: ignore[method-assign]


def takes_bearer_tokens(context: Context) -> bool:
    """Whether the judge presents tokens to this server as it does to the reference."""
    assert context.facts.mcp_url is not None
    try:
        return ResourceServer(context, context.wire(), context.facts.mcp_url, "2026-07-28").presentation.key is None
    except Outcome:
        return False
