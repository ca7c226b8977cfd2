"""A season between rows and arrays: facts, scores, the kernel's problem, its answer."""
