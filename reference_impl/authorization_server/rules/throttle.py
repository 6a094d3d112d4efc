"""A brake on guessing passwords and secrets (RFC 6749, 2.3.1)."""

from reference_impl.authorization_server.errors import OAuthError
from reference_impl.authorization_server.rules.base import RulesBase


class ThrottleRules(RulesBase):
    """OAUTH21-2.4.1-d: guesses are counted by name and address, so nobody can lock others out from elsewhere."""

    def check_not_throttled(self, subject: str, address: str) -> None:
        """Refuse with 429 while too many failures of `subject` (a user or client) from `address` still count."""
        limit = self.config.throttle
        if self.store.failures.recent(subject, address, self.now()) >= limit.max_failures:
            raise OAuthError("slow_down", "too many failed attempts", 429, {"Retry-After": str(limit.window)})

    def count_failure(self, subject: str, address: str) -> None:
        """Remember a failure for the configured window."""
        self.store.failures.add(subject, address, self.now() + self.config.throttle.window)
