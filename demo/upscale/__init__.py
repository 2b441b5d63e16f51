"""The Upscale tab: pictures in, the files of the command line out."""
