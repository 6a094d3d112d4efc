"""What every rule can see: configuration, store, keys and the clock."""

import time

from reference_impl.authorization_server.config import ServerConfig
from reference_impl.authorization_server.keys import KeyRing
from reference_impl.authorization_server.store import Store


class RulesBase:
    """Holds the parts that the rules work with. Rules keep no state of their own: state is in the store."""

    def __init__(self, config: ServerConfig, store: Store, keys: KeyRing) -> None:
        self.config = config
        self.store = store
        self.keys = keys

    def now(self) -> int:
        """Seconds since 1970, as in JWT claims."""
        return int(time.time())
