"""An issuer that the harness owns, so that a resource server can be judged by tokens that no honest server issues."""
