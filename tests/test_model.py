import pytest
import torch
from torch import nn

from core.reading.readers import reader_of, shapes_of
from core.training.model import RowReader, network_of


class ArticleRnn(nn.Module):
    """The article's class, as a person who followed it has it on disk."""

    def __init__(self, in_dim, hidden_dim, n_layer, n_class):
        super().__init__()
        self.lstm = nn.LSTM(in_dim, hidden_dim, n_layer, batch_first=True)
        self.classifier = nn.Linear(hidden_dim, n_class)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.classifier(out[:, -1, :])


def test_weights_pass_between_the_articles_class_and_ours_in_both_directions():
    theirs, ours = ArticleRnn(28, 128, 2, 10), RowReader()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.rand(4, 28, 28)
    assert torch.equal(ours(x), theirs(x))
    ours.reset("orthogonal", 1.0)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize(("hidden", "layers"), [(8, 1), (12, 4)])
def test_shapes_known_without_torch_are_the_networks_own(cell, hidden, layers):
    network = RowReader(cell, hidden, layers)
    assert {name: tuple(w.shape) for name, w in network.state_dict().items()} == shapes_of(cell, hidden, layers)
    reader = reader_of({name: w.numpy() for name, w in network.state_dict().items()})
    x = torch.rand(2, 28, 28)
    assert torch.equal(network_of(reader)(x), network(x))


def test_orthogonal_start_has_orthogonal_gates_and_an_open_forget_gate():
    network = RowReader("lstm", 16, 2)
    network.reset("orthogonal", 1.0)
    for layer in range(2):
        for gate in getattr(network.lstm, f"weight_hh_l{layer}").split(16):
            torch.testing.assert_close(gate @ gate.T, torch.eye(16), atol=1e-5, rtol=0)
        i, f, g, o = getattr(network.lstm, f"bias_ih_l{layer}").split(16)
        assert (f == 1).all()
        assert not torch.cat([i, g, o]).any()
