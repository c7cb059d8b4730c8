"""Software supply chain of the built function: SBOM, licenses, known vulnerabilities."""
