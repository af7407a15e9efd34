"""From source to modules: building, devices, weights; it must not know data, training or processes."""
