"""A learning network as a thing one keeps: stored, steered, resumed, shipped."""
