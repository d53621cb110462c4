"""Stands in for the package torchtyping, which torchode imports for its annotations alone, where that package is not to be had.

Just the two names that torchode asks for. torch_w4.py looks here last, so that the package itself is taken where there is one.
"""


class TensorType:
    """A type annotation that says nothing: TensorType["batch", "feature"] is TensorType itself."""

    def __class_getitem__(cls, _shape):
        return cls


is_float = None
