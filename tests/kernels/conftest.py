"""Kernels of the tests are kept in a folder of their own."""

import numpy as np
import pytest


@pytest.fixture(autouse=True, scope="session")
def cache_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    folder.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HESSMATH_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture
def rng():
    return np.random.default_rng(20260101)
