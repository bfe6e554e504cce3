"""What emitted programs import: densities, bijectors, samplers, data and draws. JAX lives here."""
