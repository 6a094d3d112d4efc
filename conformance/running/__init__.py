"""What happens around a check: choosing, preparing the target, turning outcomes into results."""
