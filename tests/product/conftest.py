"""One product for the whole test session: it takes half a minute to start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product.running import Product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The running product, with one staff account."""
    running = Product(Path(tmp_path_factory.mktemp("product")))
    running.add_staff()
    running.start()
    yield running
    running.stop()
