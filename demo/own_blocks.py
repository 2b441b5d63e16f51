"""Gradio's page, whose errors are one sentence."""

from typing import Any

import gradio as gr

from demo.middleware import report, unexpected_call
from demo.storage import Storage


class OwnBlocks(gr.Blocks):
    """`gr.Blocks` that tell a caller nothing of what failed inside, and write no traceback of it.

    Attributes:
        storage: Of the files of those who visit it.
    """

    storage: Storage

    async def process_api(self, block_fn: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As Gradio's, but what is raised is a sentence: of this program, or that the call is none.

        Raises:
            gr.Error: Whatever went wrong.
        """
        try:
            return await super().process_api(block_fn, *args, **kwargs)
        except gr.Error as error:
            if not error.print_exception:  # this program's own
                raise
            report(str(getattr(block_fn, "api_name", "")), error)
        except FileNotFoundError as error:
            report(str(getattr(block_fn, "api_name", "")), error)
            gone = "Files are kept for an hour. Received: a call for one that is gone. Choose it again."
            raise gr.Error(gone, print_exception=False) from None
        except Exception as error:
            report(str(getattr(block_fn, "api_name", "")), error)
        raise gr.Error(str(unexpected_call()), print_exception=False)
