"""The network: a stack of recurrent cells that reads an image row by row, and a linear readout.

Shapes: B batch, T = 28 rows, D = 28 pixels, H hidden, L layers, K = 10 classes.
"""

import torch
from torch import Tensor, nn

from core.reading.readers import Reader

_CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class RowReader(nn.Module):
    """Rows x(1) ... x(T) -> logits V h(T) + c of the top layer.

    The recurrent part is an attribute named after its cell (`lstm`, `gru`, `rnn`) and the readout is
    `classifier`, so that an LSTM's state_dict has the article's names (`lstm.weight_ih_l0` ... `classifier.bias`).
    """

    def __init__(
        self,
        cell: str = "lstm",
        hidden: int = 128,
        layers: int = 2,
        inputs: int = 28,
        classes: int = 10,
        *,
        wait: int = 0,
    ):
        """wait: blank rows that are read after those given, before the answer."""
        super().__init__()
        self.cell, self.hidden, self.layers, self.inputs, self.classes = cell, hidden, layers, inputs, classes
        self.wait = wait
        setattr(self, cell, _CELLS[cell](inputs, hidden, layers, batch_first=True))
        self.classifier = nn.Linear(hidden, classes)

    @property
    def recurrent(self) -> nn.RNNBase:
        return getattr(self, self.cell)

    def forward(self, x: Tensor) -> Tensor:
        """x (B, T, D), rows top to bottom -> logits (B, K)."""
        if self.wait:
            x = nn.functional.pad(x, (0, 0, 0, self.wait))
        h, _ = self.recurrent(x)  # (B, T + wait, H)
        return self.classifier(h[:, -1])

    def reset(self, initialisation: str, forget_bias: float) -> None:
        """Draws the weights again from torch's global generator; settings as in TrainConfig."""
        for module in (self.recurrent, self.classifier):
            module.reset_parameters()
        with torch.no_grad():
            if initialisation == "orthogonal":
                self._orthogonal()
            if self.cell == "lstm":
                for layer in range(self.layers):
                    gates = getattr(self.recurrent, f"bias_ih_l{layer}").view(4, self.hidden)
                    gates[1] += forget_bias  # PyTorch's order in a weight: i, f, g, o

    def _orthogonal(self) -> None:
        for name, weight in self.recurrent.named_parameters():
            if name.startswith("bias"):
                nn.init.zeros_(weight)
                continue
            for gate in weight.split(self.hidden):
                (nn.init.orthogonal_ if "weight_hh" in name else nn.init.xavier_uniform_)(gate)


def network_of(reader: Reader) -> RowReader:
    """The reader's weights as a torch network, in evaluation mode."""
    network = RowReader(reader.cell, reader.hidden, reader.layers, reader.inputs, reader.classes, wait=reader.wait)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in reader.arrays.items()})
    return network.eval()
