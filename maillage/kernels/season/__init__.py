"""Plan a season of tours: which copy goes to whom, when, and in which order."""
