import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def simple(monkeypatch):
    """The audit replaced by one whose facts can be counted by eye."""
    import stand_in

    monkeypatch.setattr("tellback.audit.examine.audit", stand_in.audit)
    return stand_in.audit


@pytest.fixture
def run(capfdbinary):
    """The command line in this process: (exit code, stdout, stderr)."""
    from tellback import cli

    def call(*arguments, stdin=None):
        before, sys.argv = sys.argv, ["tellback", *map(str, arguments)]
        try:
            cli.main()
        except SystemExit as end:
            code = end.code
        finally:
            sys.argv = before
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call
