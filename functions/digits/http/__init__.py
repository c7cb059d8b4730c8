"""HTTP layer of the API: request bodies, error responses, middleware, timing."""
