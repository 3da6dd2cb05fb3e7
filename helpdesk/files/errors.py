"""What is refused of a file."""

from helpdesk.errors import HelpdeskError


class UnknownFileError(HelpdeskError):
    """No such file, or it is not the asker's to see."""

    code = "file_not_found"


class FileTypeRefusedError(HelpdeskError):
    """The content is none of the accepted types; `kind` says what it looks like (sniffing.Refused)."""

    code = "file_type_refused"


class FileDamagedError(HelpdeskError):
    """The content cannot be read to its end as what it begins like."""

    code = "file_damaged"


class FileEmptyError(HelpdeskError):
    """There is no content."""

    code = "file_empty"


class FileTooLargeError(HelpdeskError):
    """More than `limit` megabytes."""

    code = "file_too_large"


class PictureTooLargeError(HelpdeskError):
    """More than `limit` million pixels."""

    code = "picture_too_large"


class TooManyFilesError(HelpdeskError):
    """The conversation holds `limit` files, or as many bytes as it may."""

    code = "too_many_files"


class FileInfectedError(HelpdeskError):
    """The virus scanner found something."""

    code = "file_infected"


class FileNotReadyError(HelpdeskError):
    """The virus scanner has not looked at it yet; `retry_after` is in seconds."""

    code = "file_not_ready"


class FileRemovedError(HelpdeskError):
    """It was refused after it had been received, or its bytes are lost or changed."""

    code = "file_removed"


class FileUsedError(HelpdeskError):
    """The file went out with another message already."""

    code = "file_used"


class UploadsBusyError(HelpdeskError):
    """Too many uploads at this moment; `retry_after` is in seconds."""

    code = "uploads_busy"


class UploadSlowError(HelpdeskError):
    """The file did not arrive in time."""

    code = "upload_slow"
