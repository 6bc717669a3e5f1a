"""Room for open files: a song of hundreds of tracks needs more than systems allow by default."""

from contextlib import suppress

try:
    import resource
except ImportError:  # not there on Windows, which allows thousands
    resource = None  # type: ignore[assignment]

PER_FILE = 4
"""An input, two scratch files for its channels, and its processed track."""

OTHERS = 128


def allow_open_files(inputs: int) -> None:
    """Raises this process's limit of open files to what so many inputs take, as far as the system lets it."""
    if resource is None:
        return
    wanted = PER_FILE * inputs + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        most = wanted if hard == unlimited else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
