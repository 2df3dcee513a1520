"""How gunicorn serves the program (`-c python:inspect_app.gunicorn`): processes, patience and what its log may say.

The settings are module names because gunicorn reads them so. WEB_CONCURRENCY changes the number of processes.
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from inspect_app.domain.masking import mask_secrets


class MaskingFormatter(logging.Formatter):
    """Blots out tokens in whatever is logged, a traceback's text included."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return mask_secrets(self.inner.format(record))


class MaskingLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger without tokens and query strings; its lines cannot be forged by a path with line breaks."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                if handler.formatter and not isinstance(handler.formatter, MaskingFormatter):
                    handler.setFormatter(MaskingFormatter(handler.formatter))

    def atoms(self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        # WSGI hands the path over as Latin-1 read bytes; quoting it again keeps line breaks out of the log.
        path = quote(str(atoms["U"]).encode("latin-1", "replace"), safe="/:@")
        atoms |= {"U": path, "r": f"{atoms['m']} {path} {atoms['H']}", "q": "", "f": "-"}
        return {name: value for name, value in atoms.items() if name not in _TELLTALES}


# Headers and WSGI variables that a log format could ask for and that hold a whole address.
_TELLTALES = {
    f"{{{name}}}{kind}"
    for name, kind in (("referer", "i"), ("raw_uri", "e"), ("query_string", "e"), ("request_uri", "e"))
}
_TELLTALES |= {"{http_referer}e", "{path_info}e"}

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
preload_app = True  # loaded once, then forked: half the work at the start, and memory is shared; it opens nothing before
timeout = 120  # seconds a process may seem dead; a slow body does not count, threads beat the heart
graceful_timeout = 30
keepalive = 15
limit_request_line = 8190  # the longest filter of the list, with every parameter repeated
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # gunicorn's heartbeat, no disk
accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(L)s'
logger_class = MaskingLogger
