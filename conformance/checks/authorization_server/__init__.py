"""What an authorization server has to do, seen from outside."""
