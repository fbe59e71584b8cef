import gzip
import hashlib
import struct
import threading
import zlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from core.digits import data, mnist_files, subset
from core.errors import DataError


@pytest.fixture
def small_root(tmp_path, monkeypatch):
    """A torchvision root of the same four files, three images each, its md5s known to the loader."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    sums = {}
    for name in mnist_files.MD5:
        if "images" in name:
            content = struct.pack(">4B3I", 0, 0, 8, 3, 3, 28, 28) + np.arange(3 * 784, dtype=np.uint8).tobytes()
        else:
            content = struct.pack(">4BI", 0, 0, 8, 1, 3) + bytes([7, 2, 1])
        (raw / name).write_bytes(content)
        sums[name] = hashlib.md5(content).hexdigest()
    monkeypatch.setattr(mnist_files, "MD5", sums)
    return tmp_path


def test_raw_and_gzipped_files_give_the_same_arrays(small_root):
    plain = data.load(small_root)
    for path in list((small_root / "MNIST" / "raw").iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    packed = data.load(small_root)
    assert plain.source == packed.source == "full"
    assert plain.train.images.shape == (3, 28, 28)
    np.testing.assert_array_equal(plain.train.images, packed.train.images)
    assert packed.test.labels.tolist() == [7, 2, 1]


@pytest.mark.parametrize("harm", ["truncate", "alter", "remove", "not gzip", "gzip cut off", "gzip altered"])
def test_damaged_set_is_refused_with_the_remedy_and_never_replaced(small_root, harm):
    path = small_root / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    content = path.read_bytes()
    path.unlink()
    if harm == "truncate":
        path.write_bytes(content[:-1])
    elif harm == "alter":
        path.write_bytes(content[:-1] + b"\x01")
    elif harm == "not gzip":
        path.with_name(path.name + ".gz").write_bytes(content)
    elif harm == "gzip cut off":
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(content)[:-20])
    elif harm == "gzip altered":
        packed = gzip.compress(content)
        path.with_name(path.name + ".gz").write_bytes(packed[:12] + bytes(len(packed) - 12))
    with pytest.raises(DataError, match="python -m core download"):
        data.load(small_root)


def test_subset_is_stratified_and_fixed_where_there_is_neither_data_nor_network(tmp_path, monkeypatch):
    def no_network(url, name, progress):
        raise OSError("no network")

    monkeypatch.setattr(data, "_fetch_from", no_network)
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    found = data.load()
    assert found.source == "subset"
    assert "12,000" in found.note
    assert np.bincount(found.train.labels).tolist() == [1000] * 10
    assert np.bincount(found.test.labels).tolist() == [200] * 10
    np.testing.assert_array_equal(found.test.images, data._subset().test.images)


def test_a_folder_that_was_named_and_has_no_mnist_is_refused_with_the_layout_that_is_expected(tmp_path, monkeypatch):
    def no_network(url, name, progress):
        raise OSError("no network")

    monkeypatch.setattr(data, "_fetch_from", no_network)
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.*MNIST/raw.*no network.*by hand"):
        data.load(tmp_path)
    with pytest.raises(DataError, match=r"copy the four files of MNIST into .*raw by hand"):
        data.download(tmp_path)
    (tmp_path / "train.csv").write_text("label,pixel0\n")
    with pytest.raises(DataError, match=r"Kaggle's train\.csv.*mnist\.npz"):
        data.load(tmp_path)


LAYOUTS = ["flat", "dotted", "path to raw", "archive of folders", "mnist.npz", "path to mnist.npz"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_mnist_is_read_as_people_have_it(small_root, tmp_path_factory, layout):
    expected, raw, other = data.load(small_root), small_root / "MNIST" / "raw", tmp_path_factory.mktemp("other")
    root = raw if layout == "path to raw" else other
    for path in raw.iterdir():
        dotted = path.name.replace("-idx", ".idx")
        if layout == "flat":
            (other / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        elif layout == "dotted":
            (other / dotted).write_bytes(path.read_bytes())
        elif layout == "archive of folders":
            (other / path.name).mkdir()
            (other / path.name / path.name).write_bytes(path.read_bytes())
    if "npz" in layout:
        found = {"x_train": expected.train.images, "y_train": expected.train.labels.astype(np.uint8)}
        found |= {"x_test": expected.test.images, "y_test": expected.test.labels.astype(np.uint8)}
        np.savez_compressed(other / "mnist.npz", **found)
        root = other / "mnist.npz" if layout.startswith("path") else other
    found = data.load(root)
    assert found.source == "full"
    np.testing.assert_array_equal(found.train.images, expected.train.images)
    np.testing.assert_array_equal(found.test.labels, expected.test.labels)
    assert data.describe(root).source == "full"


def test_what_unpacks_to_more_than_mnist_is_refused(small_root):
    path = small_root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte"
    path.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(bytes(2**27), 9))
    with pytest.raises(DataError, match="truncated or altered"):
        data.load(small_root)
    np.savez_compressed(small_root / "mnist.npz", x_train=np.zeros(2**28, np.uint8))
    with pytest.raises(DataError, match="cannot be read"):
        data.load(small_root / "mnist.npz")


@pytest.mark.data
@pytest.mark.skipif(data.describe().source != "full", reason="needs the full MNIST")
def test_subset_is_what_its_maker_writes_and_every_image_comes_from_the_set_of_its_name(tmp_path):
    full = data.load()
    assert subset.write(full, tmp_path) == tmp_path
    for part in subset.PARTS:
        split = full.train if part == "train" else full.test
        images, labels = subset.load(part)
        again = subset.load(part, tmp_path)
        np.testing.assert_array_equal(images, again[0])
        np.testing.assert_array_equal(labels, again[1])
        label_of = {image.tobytes(): label for image, label in zip(split.images, split.labels, strict=True)}
        assert all(label_of.get(image.tobytes()) == label for image, label in zip(images, labels, strict=True))


def test_subset_is_not_made_from_another_set(tiny_mnist, tmp_path):
    with pytest.raises(DataError, match="python -m core download"):
        subset.write(tiny_mnist, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["truncate", "alter", "remove", "too long", "no stream"])
def test_damaged_subset_is_refused_with_a_word_and_unpacked_no_further_than_its_size(tmp_path, harm):
    content = (subset.FOLDER / "test.zz").read_bytes()
    harmed = {
        "truncate": lambda: content[:-1000],
        "alter": lambda: zlib.compress(b"\x01" + zlib.decompress(content)[1:]),
        "too long": lambda: zlib.compress(bytes(2**26), 1),
        "no stream": lambda: b"no stream",
    }
    if harm in harmed:
        (tmp_path / "test.zz").write_bytes(harmed[harm]())
    with pytest.raises(DataError, match="install this program again"):
        subset.load("test", tmp_path)


def test_subset_is_small_enough_for_a_repository():
    assert subset.size_mib() < 2.5
    assert data.describe("nowhere").size_mib == subset.size_mib()


def test_mirrors_and_names_are_torchvisions():
    from torchvision.datasets import MNIST

    assert list(data.MIRRORS) == MNIST.mirrors
    assert [f"{name}.gz" for name in mnist_files.MD5] == [name for name, _ in MNIST.resources]


def test_download_tells_its_progress_and_checks_what_it_got(tmp_path, monkeypatch):
    digits = np.random.default_rng(1).bytes(300_000)
    served = tmp_path / "served"
    served.mkdir()
    (served / "good.gz").write_bytes(gzip.compress(digits))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    heard = []
    try:
        address = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(data, "MIRRORS", [address + "absent/", address])
        monkeypatch.setattr(mnist_files, "MD5", {"good": hashlib.md5(digits).hexdigest()})
        raw = data.download(tmp_path / "root", lambda *report: heard.append(report))
        assert gzip.decompress((raw / "good.gz").read_bytes()) == digits
        size = (raw / "good.gz").stat().st_size
        assert heard[-1] == ("good.gz", size, size)
        assert len(heard) > 1
        monkeypatch.setattr(mnist_files, "MD5", {"good": "0" * 32})
        (raw / "good.gz").unlink()
        with pytest.raises(DataError, match="md5"):
            data.download(tmp_path / "root")
        assert list(raw.iterdir()) == []
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_held_out_images_are_the_same_for_every_seed_and_no_longer_trained_on(tiny_mnist):
    train, held_out = data.hold_out(tiny_mnist.train, 50)
    again, _ = data.hold_out(tiny_mnist.train, 50)
    assert (len(train), len(held_out)) == (150, 50)
    np.testing.assert_array_equal(train.images, again.images)
    seen = {image.tobytes() for image in train.images}
    assert not any(image.tobytes() in seen for image in held_out.images)


def test_a_set_too_small_to_spare_the_images_holds_out_a_tenth(tiny_mnist):
    train, held_out = data.hold_out(tiny_mnist.train, 5000)
    assert (len(train), len(held_out)) == (180, 20)
