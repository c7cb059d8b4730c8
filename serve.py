"""Start of the web server: `python serve.py --help`."""

from command_line import run

if __name__ == "__main__":
    run("server.command", stopped_status=0)  # a server that is stopped has not failed
