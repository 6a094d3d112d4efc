"""Container targets against a real engine: see docs/containers.md."""
