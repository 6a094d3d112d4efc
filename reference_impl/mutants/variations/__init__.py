"""Legal variations of the reference: different, but right. None may raise an alarm."""
