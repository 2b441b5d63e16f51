"""A .tflite file as objects: parsed once, rewritten, packed once."""

import copy
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from waifu4x_tf.inference.graph import operator_kinds, parse_tflite

_IDENTIFIER = b"TFL3"


class TfliteGraph:
    """A .tflite file of one graph, which may be changed in place.

    Args:
        content: The file's bytes.

    Attributes:
        model: The schema's ``ModelT``.
        main: Its graph, a ``SubGraphT``.
    """

    def __init__(self, content: bytes) -> None:
        self.model = parse_tflite(content)
        self.main = self.model.subgraphs[0]

    @property
    def operators(self) -> list[tuple[Any, str]]:
        """Each operator in its order, with the name of its kind."""
        return list(zip(self.main.operators, operator_kinds(self.model), strict=True))

    @property
    def source(self) -> int:
        """Index of the tensor that the graph takes."""
        return int(self.main.inputs[0])

    @property
    def result(self) -> int:
        """Index of the tensor that the graph gives."""
        return int(self.main.outputs[0])

    def set_ends(self, source: int, result: int) -> None:
        """Make other tensors the ones that the graph takes and gives."""
        self.main.inputs, self.main.outputs = (np.asarray([index], np.int32) for index in (source, result))
        for signature in self.model.signatureDefs or []:
            signature.inputs[0].tensorIndex, signature.outputs[0].tensorIndex = source, result

    def tensor(self, index: int) -> Any:
        """The ``TensorT`` of an index as operators have it."""
        return self.main.tensors[int(index)]

    def data(self, tensor: Any) -> np.ndarray | None:
        """The bytes of a constant tensor, uint8; None of one that is computed."""
        stored = self.model.buffers[tensor.buffer].data
        return None if stored is None else np.asarray(stored, np.uint8)

    def add_data(self, content: bytes) -> int:
        """A new buffer; its index."""
        buffer: Any = schema.BufferT()
        buffer.data = np.frombuffer(content, np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def drop_unused_data(self) -> None:
        """Leave out the buffers that no tensor and no metadata names any more."""
        named = [*self.main.tensors, *(self.model.metadata or [])]
        kept = sorted({0, *(each.buffer for each in named)})
        places = {old: new for new, old in enumerate(kept)}
        self.model.buffers = [self.model.buffers[index] for index in kept]
        for each in named:
            each.buffer = places[each.buffer]

    def add_constant(self, name: str, values: np.ndarray) -> int:
        """A new constant int32 tensor; its index."""
        tensor: Any = schema.TensorT()
        tensor.name, tensor.type = name.encode(), schema.TensorType.INT32
        tensor.shape = np.asarray(values.shape, np.int32)
        tensor.buffer = self.add_data(values.astype("<i4").tobytes())
        self.main.tensors.append(tensor)
        return len(self.main.tensors) - 1

    def add_like(self, index: int, name: str) -> int:
        """A new computed tensor of another's type, shape and steps; its index."""
        tensor = copy.deepcopy(self.tensor(index))
        tensor.name, tensor.buffer = name.encode(), 0  # the buffer of all that is computed
        # Else LiteRT would take its shape for unknown until it runs, and leave the operators behind it to
        # slow kernels.
        tensor.shapeSignature = None
        self.main.tensors.append(tensor)
        return len(self.main.tensors) - 1

    def operator(
        self, kind: str, inputs: list[int], output: int, options: Any = None, *, version: int = 1
    ) -> Any:
        """A new ``OperatorT``, which is in no graph yet.

        Args:
            kind: As in the schema, such as "GATHER".
            inputs: Indices of tensors.
            output: Index of a tensor.
            options: Of the schema's classes of options.
            version: The least that has the types which it is used with.
        """
        made: Any = schema.OperatorT()
        made.opcodeIndex = self._code(kind, version)
        made.inputs, made.outputs = np.asarray(inputs, np.int32), np.asarray([output], np.int32)
        if options is not None:
            made.builtinOptions = options
            made.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        return made

    def _code(self, kind: str, version: int) -> int:
        number = getattr(schema.BuiltinOperator, kind)
        for index, code in enumerate(self.model.operatorCodes):
            if max(code.builtinCode, code.deprecatedBuiltinCode) == number and code.version >= version:
                return index
        code: Any = schema.OperatorCodeT()
        code.builtinCode = number
        code.deprecatedBuiltinCode = min(number, 127)  # a byte, for readers of before 2020
        code.version = version
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def packed(self) -> bytes:
        """The file's bytes."""
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())
