"""What every training program prints when it ends early."""

import argparse

from train.command import told


def test_a_file_that_the_system_refuses_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    parser = argparse.ArgumentParser(prog="python -m train.pretrain")
    assert told(parser, lambda: (tmp_path / "file" / "run").mkdir(), "Stopped.") == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "train.pretrain: error: The system refused a file or a stream. Received: Not a dir"
    )
    assert str(tmp_path / "file" / "run") in error
    assert error.count("\n") == 1


def test_ctrl_c_says_how_to_go_on(capsys):
    def stop() -> None:
        raise KeyboardInterrupt

    assert told(argparse.ArgumentParser(prog="python -m train.pretrain"), stop, "Stopped. Go on.") == 130
    assert capsys.readouterr().err == "Stopped. Go on.\n"
