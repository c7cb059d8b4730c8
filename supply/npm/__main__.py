import sys

from supply.npm import install, node, package

match sys.argv[1:]:
    case []:
        install()
    case [name, *arguments]:
        sys.exit(node(package(f".bin/{name}"), *arguments).returncode)
