"""Log of the web server: one line of JSON a record, in the format of Lambda's log."""

import json
import logging
import time

LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "server.log.JsonFormatter"}},
    "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "WARNING", "handlers": ["log"]},
    "loggers": {"digits": {"level": "INFO"}},
}
STANDARD_FIELDS = vars(logging.makeLogRecord({})).keys() | {"message"}


class JsonFormatter(logging.Formatter):
    """Formatter of Lambda's JSON log format, with the extra fields of a record."""

    converter = time.gmtime  # type: ignore[assignment]  # typeshed types it as an instance attribute

    def format(self, record: logging.LogRecord) -> str:
        extra = {
            name: value for name, value in vars(record).items() if name not in STANDARD_FIELDS and value is not None
        }
        fields = {"timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname}
        if record.exc_info:
            extra["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps({**fields, "message": record.getMessage(), "logger": record.name, **extra})
