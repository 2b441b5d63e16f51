"""The version of this package, known without a search for installed packages, which takes a while."""

VERSION = "0.2.0"
