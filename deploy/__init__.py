"""The built function and the page come in; a live site in the owner's AWS account goes out, or is taken down."""
