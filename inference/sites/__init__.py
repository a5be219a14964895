"""A fixed camera over days: what stands where nothing stood."""
