"""The built function comes in; what ships in it, under which licences, and its known vulnerabilities go out."""
