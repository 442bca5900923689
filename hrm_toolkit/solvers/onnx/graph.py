"""An ONNX graph in the making. Values are known by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from hrm_toolkit.solvers.networks.layers import Linear

# Old enough for every runtime of the last years.
_OPSET = 18
# File format 8 came with onnxruntime 1.14, two years before the oldest one we ask for.
_FILE_FORMAT = 9
_TYPES = {
    "int64": TensorProto.INT64,
    "float32": TensorProto.FLOAT,
    "bool": TensorProto.BOOL,
}

Shape = Sequence[int | str]


class Graph:
    """Collects nodes, constants, inputs and outputs; calling it adds a node.

    Args:
        network: whose parameters name the constants made of them.

    Example:
        >>> graph = Graph(nn.Identity())
        >>> x = graph.input("x", "float32", ["n", 2])
        >>> graph.output("y", graph("Add", x, graph.constant(1.0)), "float32", ["n", 2])
        >>> model = onnx.load_model_from_string(graph.serialized({}))
        >>> [node.op_type for node in model.graph.node]
        ['Add', 'Identity']
    """

    def __init__(self, network: nn.Module) -> None:
        self._names = {id(value): name for name, value in network.named_parameters()}
        self._names |= {id(value): name for name, value in network.named_buffers()}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._inputs: dict[str, onnx.ValueInfoProto] = {}
        self._outputs: list[onnx.ValueInfoProto] = []

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """The result of one more node."""
        name = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def input(self, name: str, kind: str, shape: Shape) -> str:
        """What is given at each run; axes that vary by name."""
        if name not in self._inputs:
            self._inputs[name] = helper.make_tensor_value_info(name, _TYPES[kind], list(shape))
        return name

    def output(self, name: str, value: str, kind: str, shape: Shape) -> None:
        """Hand a value out under a name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, _TYPES[kind], list(shape)))

    def constant(self, value: int | float | Sequence[int] | npt.NDArray[Any]) -> str:
        """Float32 for a float, int64 for whole numbers; equal ones are kept once."""
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self._keep(f"constant_{len(self._known)}", array)
        return self._known[key]

    def weight(self, tensor: Tensor, *, transposed: bool = False, rows: slice | None = None) -> str:
        """A parameter or buffer of the network, kept once."""
        name = self._names[id(tensor)] + (".T" if transposed else "")
        if rows is not None:
            name += f"[{rows.start}:{rows.stop}]"
        if name not in self._constants:
            array = tensor.detach().float().cpu().numpy()
            array = array if rows is None else array[rows]
            self._keep(name, array.T if transposed else array)
        return name

    def _keep(self, name: str, array: npt.NDArray[Any]) -> str:
        self._constants[name] = numpy_helper.from_array(array.copy(order="C"), name)
        return name

    def serialized(self, metadata: Mapping[str, str]) -> bytes:
        """The bytes of a file with all of it, checked."""
        used = {name for node in self._nodes for name in node.input}
        graph = helper.make_graph(
            self._nodes,
            "segment",
            list(self._inputs.values()),
            self._outputs,
            [value for name, value in self._constants.items() if name in used],
        )
        imports = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(
            graph, opset_imports=imports, ir_version=_FILE_FORMAT, producer_name="hrm-toolkit"
        )
        helper.set_model_props(model, dict(metadata))
        data: bytes = model.SerializeToString()
        onnx.checker.check_model(data, full_check=True)
        return data

    # What the networks' formulas are made of.

    def linear(self, x: str, layer: nn.Module) -> str:
        """W x (+ b)."""
        if not isinstance(layer, Linear):
            raise TypeError(type(layer))
        y = self("MatMul", x, self.weight(layer.weight, transposed=True))
        return y if layer.bias is None else self("Add", y, self.weight(layer.bias))

    def cast(self, x: str, kind: str) -> str:
        """x as numbers of another kind."""
        return self("Cast", x, to=_TYPES[kind])

    def rms_norm(self, x: str, eps: float = 1e-5) -> str:
        """x / sqrt(mean(x^2) + eps) over the last axis."""
        mean = self("ReduceMean", self("Mul", x, x), self.constant([-1]), keepdims=1)
        return self("Div", x, self("Sqrt", self("Add", mean, self.constant(eps))))

    def gated(self, gate: str, up: str) -> str:
        """silu(gate) * up."""
        return self("Mul", self("Mul", gate, self("Sigmoid", gate)), up)

    def sizes(self, x: str, start: int, end: int) -> str:
        """The sizes of axes ``start`` up to ``end``, as a list."""
        return self("Shape", x, start=start, end=end)
