"""Work in the background: jobs, the leases they run under, and the worker that runs them."""
