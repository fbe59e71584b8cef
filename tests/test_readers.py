import pickle

import numpy as np
import pytest
import torch

from core.errors import WeightsError
from core.reading import readers
from core.training.model import RowReader


class Code:
    """Runs when it is unpickled: touches a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.fixture
def reader():
    network = RowReader("lstm", 8, 2)
    return readers.reader_of({n: w.numpy() for n, w in network.state_dict().items()}, {"test_accuracy": 0.5})


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_saved_reader_comes_back_bit_for_bit(reader, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    readers.save(reader, path)
    back = readers.load(path)
    assert back.arrays.keys() == reader.arrays.keys()
    assert all(np.array_equal(back.arrays[name], reader.arrays[name]) for name in reader.arrays)
    assert back.card == ({"test_accuracy": 0.5} if ending == "safetensors" else {})


def test_pickle_with_code_is_refused_and_its_code_never_runs(tmp_path):
    touched = tmp_path / "touched"
    for name, save in (("a.pth", torch.save), ("b.pth", lambda value, path: path.write_bytes(pickle.dumps(value)))):
        save({"lstm.weight_ih_l0": Code(touched)}, tmp_path / name)
        with pytest.raises(WeightsError, match="more than weights"):
            readers.load(tmp_path / name)
    assert not touched.exists()


@pytest.mark.parametrize(
    "content", [b"", b"hello, I am a text file\n", b"PK\x03\x04 no zip", b"\x80\x02garbage", b"\xff" * 64]
)
@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_file_that_is_no_weights_is_refused(tmp_path, content, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"a\."):
        readers.load(path)


def test_other_shapes_are_refused_by_name_and_shape(reader, tmp_path):
    torch.save({name: torch.zeros(3, 3) for name in reader.arrays}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"\(3,"):
        readers.load(tmp_path / "a.pth")
    missing = {name: torch.tensor(array) for name, array in reader.arrays.items() if name != "lstm.bias_hh_l1"}
    torch.save(missing, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match=r"lstm\.bias_hh_l1 is missing"):
        readers.load(tmp_path / "b.pth")


def test_weights_that_are_no_numbers_are_refused(reader):
    arrays = reader.arrays | {"classifier.bias": np.full(10, np.nan, np.float32)}
    with pytest.raises(WeightsError, match="not finite"):
        readers.reader_of(arrays)


def test_network_for_other_images_is_refused(tmp_path):
    network = RowReader("gru", 8, 1, inputs=32)
    torch.save(network.state_dict(), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="32 pixels"):
        readers.load(tmp_path / "a.pth")


def test_absent_file_and_unwritable_place_are_named(reader, tmp_path):
    with pytest.raises(WeightsError, match=r"absent\.pth"):
        readers.load(tmp_path / "absent.pth")
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="Cannot write"):
        readers.save(reader, tmp_path / "file" / "a.safetensors")
    with pytest.raises(WeightsError, match=r"\.safetensors or \.pth"):
        readers.save(reader, tmp_path / "a.bin")
