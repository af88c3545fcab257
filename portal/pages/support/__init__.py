"""What support staff see: tenants, and their audit during a visit."""
