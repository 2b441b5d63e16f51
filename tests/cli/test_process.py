"""Signals and standard streams, in this process as far as that is safe."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from waifu4x_tf.cli.process import TerminatedError, native_log_hidden, termination_as_interrupt


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
def test_sigterm_is_raised_and_the_former_handler_comes_back():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(TerminatedError), termination_as_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_of_the_main_thread_nothing_happens():
    passed = []

    def body():
        with termination_as_interrupt():
            passed.append(True)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert passed == [True]


def test_native_lines_are_dropped_only_inside(capfd):
    with native_log_hidden():
        os.write(2, b"INFO: native\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_what_python_says_is_heard_meanwhile_and_what_packages_log_is_not():
    code = (
        "import logging, os, sys\n"
        "from waifu4x_tf.cli.process import native_log_hidden\n"
        "before = sys.stderr\n"
        "with native_log_hidden():\n"
        "    os.write(2, b'native\\n')\n"
        "    logging.getLogger('decoder').warning('logged')\n"
        "    print('told', file=sys.stderr)\n"
        "assert sys.stderr is before\n"
        "print('after', file=sys.stderr)\n"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stderr == "told\nafter\n"


def test_standard_error_comes_back_after_an_error(capfd):
    with pytest.raises(RuntimeError), native_log_hidden():
        raise RuntimeError
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
