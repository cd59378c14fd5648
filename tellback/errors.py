"""The exceptions that a user may see as a plain message: expected, got, what to do."""


class UsageError(Exception):
    """A fault of the call, not of the program. The command line prints it without a traceback and exits with 2."""


class Stopped(Exception):
    """A run that came to nothing, or ended before its end, through no fault of the call. The command line prints it without a traceback and exits with 1."""
