"""Packages that reach out of themselves or grow without end are refused by name before anything is made of them."""

import io
import os
import shutil
import stat
import zipfile

import pytest
import yaml

from sidewinder.errors import UserError
from sidewinder.exchange import checking
from sidewinder.exchange.checking import check_description, check_zip, is_outside
from sidewinder.exchange.network import load_package


@pytest.mark.parametrize(
    ("name", "outside"),
    [
        ("weights.pt", False), ("./a/weights.pt", False), ("https://zenodo.org/a.pt", False), ("a..b.pt", False),
        ("../weights.pt", True), ("a/../../weights.pt", True), ("/etc/passwd", True), ("file:///etc/passwd", True),
        ("~/weights.pt", True), ("..\\weights.pt", True), ("C:\\weights.pt", True), ("\\\\host\\weights.pt", True),
        ("ftp://host/weights.pt", True), ("file:weights.pt", True),
    ],
)  # fmt: skip
def test_names_that_lead_out_of_a_package(name, outside):
    assert is_outside(name) is outside


def changed(package, change, **extra):
    """Write a package again with another description, and files beside those that it has."""
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in files if name.endswith(("rdf.yaml", "bioimageio.yaml")))
    described = yaml.safe_load(files[name])
    change(described)
    files[name] = yaml.safe_dump(described).encode()
    with zipfile.ZipFile(package, "w") as archive:
        for name, data in (files | extra).items():
            archive.writestr(name, data)
    return package


@pytest.mark.case("package", "weights outside of the package")
@pytest.mark.parametrize("source", ["../outside.pt", "{folder}/outside.pt", "file://{folder}/outside.pt"])
@pytest.mark.parametrize("unpacked", [False, True])
def test_weights_outside_of_a_package_are_not_read(make_package, tmp_path, source, unpacked):
    source = source.format(folder=tmp_path)

    def elsewhere(described):
        described["weights"]["torchscript"]["source"] = source
        described["weights"]["torchscript"].pop("sha256", None)

    package = make_package()
    with zipfile.ZipFile(package) as archive:
        (tmp_path / "outside.pt").write_bytes(archive.read("weights.pt"))
    changed(package, elsewhere)
    if unpacked:
        zipfile.ZipFile(package).extractall(tmp_path / "theirs")
        package = tmp_path / "theirs"
    with pytest.raises(UserError, match=r"theirs(\.zip)?: its description names '.*outside.pt', a file outside"):
        load_package(package)


@pytest.mark.case("package", "a link that leads out of the package")
def test_a_link_out_of_a_folder_is_not_followed(make_package, tmp_path):
    package = make_package("theirs")
    shutil.move(package / "weights.pt", tmp_path / "outside.pt")
    os.symlink(tmp_path / "outside.pt", package / "weights.pt")
    with pytest.raises(UserError, match="theirs: weights.pt is a link that leads out of it; copy the file there"):
        load_package(package)


def entry(name, mode=0o644):
    found = zipfile.ZipInfo(name)
    found.external_attr = mode << 16
    return found


@pytest.mark.case("package", "an entry that leads out of the zip file")
@pytest.mark.parametrize("found", [entry("../a"), entry("/a"), entry("a", stat.S_IFLNK | 0o777)])
def test_entries_that_lead_out_of_a_zip_are_refused(make_package, found):
    package = make_package()
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr(found, "/etc/passwd")
    with pytest.raises(UserError, match=r"theirs\.zip: its entry '.*a' leads out of the package"):
        load_package(package)


@pytest.mark.case("package", "a package that unpacks to more than memory holds")
def test_a_package_that_unpacks_to_more_than_a_model_may_have_is_refused(make_package, monkeypatch):
    package = make_package()
    monkeypatch.setattr(checking, "LARGEST_PACKAGE_BYTES", 20_000_000)
    load_package(package)
    with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more.bin", bytes(20_000_000))
    with pytest.raises(UserError, match=r"theirs\.zip: its files have 0\.0 GB unpacked; a package has 0\.0 GB at most"):
        load_package(package)


def test_weights_that_unpack_to_more_are_refused(monkeypatch):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/0", bytes(1_000_000))
    assert check_zip("weights", inner) == ["data/0"]
    monkeypatch.setattr(checking, "LARGEST_PACKAGE_BYTES", 900_000)
    with pytest.raises(UserError, match="weights: its files have"):
        check_zip("weights", inner)


# 81 aliases, each of which repeats nine others
EXPANDS = "a0: &a0 [x]\n" + "".join(f"a{level}: &a{level} [{f'*a{level - 1}, ' * 9}]\n" for level in range(1, 10))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "a: 1\nb: !!python/object/apply:os.system ['true']",
            r"line 2 of .* has the tag 'tag:yaml.org,2002:python/obj",
            marks=pytest.mark.case("package", "a description with YAML tags"),
        ),
        ("a: !mine 1", "line 1 of its description has the tag '!mine'"),
        pytest.param(
            "a: &x [1]\nb: [" + "*x, " * 101 + "]",
            "repeats 101 parts by aliases; 100 are allowed",
            marks=pytest.mark.case("package", "a description that repeats itself without end"),
        ),
        ("a: &x [*x]", "written out a part contains itself"),
        (EXPANDS, r"with its aliases \(\*\) written out it has .*e\+08 values; 100000 are allowed"),
        ("a: [", "is no YAML that can be read"),
        ("a: 1\nb: " + "[" * 5000, "no YAML that can be read .it is nested too deeply: 101 lists or mappings in"),
        ("a: \xff".encode("latin-1"), "is no YAML that can be read"),
        ("- a", "is no mapping of names to values"),
        ("", "is no mapping of names to values"),
        (" " * (checking.LARGEST_DESCRIPTION_BYTES + 1), "is larger than 1048576 bytes"),
        ("documentation: ../README.md", "names '../README.md', a file outside"),
        ("test_inputs: [a.npy, /a.npy]", "names '/a.npy', a file outside"),
    ],
)
def test_descriptions_that_are_refused(text, message):
    with pytest.raises(UserError, match=f"theirs.zip: .*{message}"):
        check_description("theirs.zip", text if isinstance(text, bytes) else text.encode())


@pytest.mark.case("package", "a zip file that is no package")
def test_a_zip_that_is_no_package_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("notes.txt", "none")
    with pytest.raises(UserError, match=r"a\.zip: is no package of the BioImage Model Zoo: there is no rdf\.yaml or"):
        load_package(tmp_path / "a.zip")


@pytest.mark.case("package", "windows of a million pixels")
@pytest.mark.parametrize("size", [{"min": 1_000_000, "step": 16}, {"min": 64, "step": 100_000}, 100_000])
def test_windows_that_no_memory_would_do_for_are_refused(make_package, size):
    def enlarge(described):
        for axis in described["inputs"][0]["axes"]:
            if "size" in axis:
                axis["size"] = size

    package = changed(make_package(), enlarge)
    with pytest.raises(UserError, match=r"theirs\.zip: its network takes windows of \d+ pixels; 4096 are allowed"):
        load_package(package)
