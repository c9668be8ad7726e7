class Unprintable(BaseException):
    """No Exception, and can't be told."""

    def __str__(self):
        raise RuntimeError("not even this")

    __repr__ = __str__

    def __bool__(self):
        raise RuntimeError("nor this")
