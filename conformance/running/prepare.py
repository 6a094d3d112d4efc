"""From a started target to the context that checks run in."""

import re

from conformance.client.context import Context
from conformance.client.facts import TargetFacts
from conformance.targets.user_agents import make_user_agent
from conformance.wire import Limits, SecretBook, Transport

_SECRET_FIELD = re.compile(r"pass|pwd|secret|pin|otp|code", re.I)
"""Other fields count as secret too as soon as they go into a password input."""
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


def make_context(facts: TargetFacts) -> Context:
    """The context of this process; every secret of the target file is known to the redaction from here on."""
    secrets = SecretBook()
    transport = Transport(Limits(deadline_seconds=facts.deadline_seconds), facts.ca_pem)
    for client in facts.clients:
        if client.client_secret:
            secrets.learn("client_secret", client.client_secret)
        for name, member in (client.private_jwk or {}).items():
            if name in _PRIVATE_MEMBERS and isinstance(member, str):
                secrets.learn("private_key", member)
    for user in facts.users:
        for name, value in user.fields.items():
            if _SECRET_FIELD.search(name):
                secrets.learn("password", value)
    for token in facts.tokens.values():
        secrets.learn("access_token", token)
    users = tuple(make_user_agent(user, transport) for user in facts.users)
    return Context(facts, transport, secrets, users)
