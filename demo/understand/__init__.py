"""The Understand tab: the page docs/method.md with live parts."""
