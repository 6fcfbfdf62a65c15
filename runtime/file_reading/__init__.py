"""Reading pictures and PDFs that strangers send, in a process that may be killed."""

from runtime.file_reading.child import BUSY, Verdict, is_picture, read_file

__all__ = ["BUSY", "Verdict", "is_picture", "read_file"]
