"""Documents with probes, by name."""
