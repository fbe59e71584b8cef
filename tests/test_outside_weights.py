"""A weights file from outside is a reader or is refused with one line, whatever it is called and holds."""

import gzip
import io
import zipfile

import numpy as np
import pytest
import torch

from core.errors import WeightsError
from core.reading import readers
from core.training.model import RowReader


def state(**changes) -> dict:
    return RowReader(hidden=8, layers=1).state_dict() | changes


def saved(content) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def quantised() -> torch.Tensor:
    return torch.quantize_per_tensor(torch.zeros(32, 8), 0.1, 0, torch.qint8)


W = "lstm.weight_hh_l0"


@pytest.mark.filterwarnings("ignore::UserWarning")  # quantised tensors are deprecated in PyTorch
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: torch.zeros(32, 8).to_sparse(), "sparse"),
        (lambda: torch.zeros(32, 8, device="meta"), "meta|damaged"),
        (quantised, "qint8|damaged"),
        (lambda: torch.tensor(3.0), r"LSTM|shape|weights"),
        (lambda: torch.zeros(32, 8).to(torch.float8_e4m3fn), "float8"),
        (lambda: torch.zeros(32, 8, dtype=torch.complex64), "complex64"),
        (lambda: torch.zeros(32, 8, dtype=torch.int64), "int64"),
        (lambda: torch.zeros(0, 0), r"\(10, 0\)"),
        (lambda: torch.full((32, 8), 1e300, dtype=torch.float64), "so large"),
        (lambda: torch.full((32, 8), 3e38), "so large"),
        (lambda: torch.full((32, 8), float("nan")), "not finite"),
        (lambda: torch.zeros(1).expand(10**9), "512"),
    ],
)
def test_tensors_that_are_no_plain_numbers_are_refused_by_name(make, word):
    with pytest.raises(WeightsError, match=word) as refused:
        readers.of_content(saved(state(**{W: make()})), "a.pth")
    assert len(str(refused.value).splitlines()) == 1


def test_parameters_and_half_precision_are_weights():
    network = RowReader(hidden=8, layers=1)
    for content in (dict(network.named_parameters()), network.half().state_dict(), network.bfloat16().state_dict()):
        assert readers.of_content(saved(content), "a.pth").hidden == 8


def test_safetensors_of_other_types():
    from safetensors.torch import save

    kept = {name: value.bfloat16() for name, value in state().items()}
    found = readers.of_content(save(kept), "a.safetensors")
    assert all((found.arrays[name] == value.float().numpy()).all() for name, value in kept.items())
    with pytest.raises(WeightsError, match="F8_E4M3"):
        readers.of_content(save(kept | {W: kept[W].to(torch.float8_e4m3fn)}), "a.safetensors")


def test_what_unpacks_to_gigabytes_is_refused_unread():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a/data.pkl", "w") as entry:
        for _ in range(600):
            entry.write(bytes(2**20))
    with pytest.raises(WeightsError, match="600 MiB"):
        readers.of_content(content.getvalue(), "bomb.pth")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "a Keras file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\x08\x07\x12\x07pytorch", "an ONNX file"),
        (b"\x93NUMPY\x01\x00", "a NumPy file"),
        (gzip.compress(b"weights", mtime=0), "a gzip file"),
        (b"", "of another kind"),
        (b"PK\x03\x04 cut off", "damaged or cut off"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name_whatever_it_is_called(content, word):
    for name in ("a.pth", "a.safetensors"):
        with pytest.raises(WeightsError, match=word):
            readers.of_content(content, name)


def test_archives_of_other_programs_are_called_by_their_name():
    for entry, word in (("model.weights.h5", "Keras"), ("m/constants.pkl", "TorchScript"), ("a.txt", "zip archive")):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(entry, "")
        with pytest.raises(WeightsError, match=word):
            readers.of_content(content.getvalue(), "a.pth")


def test_a_damaged_header_is_refused():
    whole = readers.to_bytes(readers.reader_of({n: v.numpy() for n, v in state().items()}))
    for header in (b"{" * 100_000, b'{"__metadata__": 7}', b'{"__metadata__": {"row_by_row": "["}}', b"null"):
        content = len(header).to_bytes(8, "little") + header
        with pytest.raises(WeightsError):
            readers.of_content(content, "a.safetensors")
    with pytest.raises(WeightsError):
        readers.of_content(whole[: len(whole) // 2], "a.safetensors")


@pytest.mark.parametrize("card", ["[" * 100_000, "7", "null", "{"])
def test_a_damaged_card_is_refused(card):
    from safetensors.numpy import save

    content = save({name: value.numpy() for name, value in state().items()}, metadata={"row_by_row": card})
    with pytest.raises(WeightsError, match=r"card|valid"):
        readers.of_content(content, "a.safetensors")


def test_any_damage_to_a_weights_file_is_refused_or_read():
    random = np.random.default_rng(3)
    for whole in (saved(state()), readers.to_bytes(readers.reader_of({n: v.numpy() for n, v in state().items()}))):
        for _ in range(100):
            content = bytearray(whole)
            for place in random.integers(0, min(len(whole), 4000), 4):
                content[place] = random.integers(256)
            try:
                assert readers.of_content(bytes(content), "a.pth").inputs == 28
            except WeightsError as error:
                assert len(str(error).splitlines()) == 1  # noqa: PT017 - either a reader or a line
