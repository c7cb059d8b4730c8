"""The application comes in; its description goes out, with what it answers as examples (OpenAPI 3.1)."""
