"""The cache of object code: what is stored comes back, and nothing else is ever run."""

import hashlib
import os
import stat
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import pytest

from hessmath.kernels import cache

KEY = hashlib.sha256(b"a kernel").hexdigest()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "kernels"
    monkeypatch.setenv("HESSMATH_CACHE_DIR", str(place))
    return place


def never():
    raise AssertionError("the entry should have been in the cache")


def test_an_entry_is_built_once(folder):
    assert cache.fetch(KEY, lambda: b"code") == b"code"
    assert cache.fetch(KEY, never) == b"code"


def test_the_folder_is_made_on_first_use_and_closed_to_others(folder):
    assert not folder.exists()
    cache.fetch(KEY, lambda: b"code")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: d[:10], lambda d: b"", lambda d: d[:-1] + b"x"])
def test_a_damaged_entry_is_built_again(folder, damage):
    cache.fetch(KEY, lambda: b"code")
    (entry,) = folder.glob("*.object")
    entry.write_bytes(damage(entry.read_bytes()))
    assert cache.fetch(KEY, lambda: b"rebuilt") == b"rebuilt"
    assert cache.fetch(KEY, never) == b"rebuilt"


def test_info_counts_and_clear_deletes(folder):
    cache.fetch(KEY, lambda: b"code")
    cache.fetch(KEY[::-1], lambda: b"more code")
    info = cache.info()
    assert (info.folder, info.entries) == (folder, 2)
    assert info.size > len(b"code" + b"more code")
    assert cache.clear() == info
    assert cache.info().entries == 0
    assert list(folder.iterdir()) == []


def test_one_entry_can_be_forgotten(folder):
    cache.fetch(KEY, lambda: b"code")
    cache.remove(KEY)
    cache.remove(KEY)
    assert cache.fetch(KEY, lambda: b"new") == b"new"


@pytest.mark.skipif(os.name != "posix", reason="folder modes are POSIX's")
def test_a_folder_that_others_may_open_is_not_used_and_says_so_once(folder):
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.warns(RuntimeWarning, match=r"others may open it \(mode 0755, needed: 0700\).*HESSMATH_CACHE_DIR"):
        place = cache.folder()
    assert place != folder
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.folder() == place
        assert cache.fetch(KEY, lambda: b"code") == b"code"
    assert list(folder.iterdir()) == []


def test_a_file_in_the_folders_place_is_reported(folder):
    folder.write_text("")
    with pytest.warns(RuntimeWarning, match="it is not a folder"):
        cache.folder()


@pytest.mark.skipif(os.name != "posix", reason="owners are POSIX's")
def test_a_folder_of_somebody_else_is_not_used(folder, monkeypatch):
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.warns(RuntimeWarning, match=r"it belongs to user \d+, not to you \(4000000\)"):
        cache.folder()


def test_a_user_without_a_home_gets_a_private_folder(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("HESSMATH_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(cache, "_FOLDERS", {})
    monkeypatch.setattr(cache.Path, "home", no_home)
    with pytest.warns(RuntimeWarning, match="there is no home folder"):
        assert stat.S_IMODE(cache.folder().stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_reported(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HESSMATH_CACHE_DIR", str(tmp_path / "file" / "kernels"))
    with pytest.warns(RuntimeWarning, match="cannot be used: Not a directory"):
        cache.folder()


def test_a_folder_without_locks_still_serves(folder, monkeypatch):
    cache.folder()

    def refused(*args):
        raise OSError("read-only")

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(cache, "_write", lambda path, content: None)
    assert cache.fetch(KEY, lambda: b"code") == b"code"


def test_a_folder_deleted_meanwhile_is_made_again(folder):
    cache.fetch(KEY, lambda: b"code")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert cache.fetch(KEY, lambda: b"again") == b"again"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_without_a_variable_the_platforms_folder_serves(tmp_path, monkeypatch):
    monkeypatch.delenv("HESSMATH_CACHE_DIR", raising=False)
    monkeypatch.setattr(cache, "_FOLDERS", {})
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "hessmath"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_each_platform_has_its_own_folder(platform, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("HOME", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    assert cache._platform_folder().is_relative_to(tmp_path)


def test_a_disk_that_cannot_be_written_is_no_error(folder, monkeypatch):
    cache.folder()

    def full(*args, **keywords):
        raise OSError("no space left")

    monkeypatch.setattr(cache.tempfile, "mkstemp", full)
    assert cache.fetch(KEY, lambda: b"code") == b"code"
    monkeypatch.setattr(os, "replace", full)
    assert cache.fetch(KEY, lambda: b"code") == b"code"
    assert cache.info().entries == 0


def test_threads_that_need_the_same_entry_build_it_once(folder):
    builds = []

    def build():
        builds.append(1)
        time.sleep(0.05)
        return b"code"

    threads = [threading.Thread(target=cache.fetch, args=(KEY, build)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1


def test_two_processes_that_need_the_same_entry_build_it_once(folder, tmp_path):
    script = textwrap.dedent(
        f"""
        import importlib.util, pathlib, sys, time
        spec = importlib.util.spec_from_file_location("cache", {cache.__file__!r})
        cache = importlib.util.module_from_spec(spec)
        sys.modules["cache"] = cache
        spec.loader.exec_module(cache)
        def build():
            with open({str(tmp_path / "builds")!r}, "a") as file:
                file.write("x")
            time.sleep(0.3)
            return b"code"
        assert cache.fetch({KEY!r}, build) == b"code"
        """
    )
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [process.wait(30) for process in processes] == [0, 0]
    assert (tmp_path / "builds").read_text() == "x"


def test_what_is_built_in_the_background_makes_nobody_wait(folder):
    building, finish = threading.Event(), threading.Event()

    def slowly():
        building.set()
        assert finish.wait(60)
        return b"code"

    thread = threading.Thread(target=cache.fetch_alone, args=(KEY, slowly))
    thread.start()
    assert building.wait(60) and not cache.has(KEY)
    neighbour = KEY[:-1] + ("0" if KEY[-1] != "0" else "1")  # under the same lock
    assert cache.fetch(neighbour, lambda: b"other") == b"other"
    finish.set()
    thread.join()
    assert cache.has(KEY) and cache.fetch(KEY, never) == cache.fetch_alone(KEY, never) == b"code"
