"""The records, from asyncio: each call is one transaction on a thread of a small pool."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bot.records.contacts import Seal
from bot.records.database import Database
from bot.records.escalations import Deadlines

T = TypeVar("T")
THREADS = 6


class Store:
    """A database, what seals contact details, and how long escalations may wait."""

    def __init__(self, database: Database, seal: Seal, deadlines: Deadlines | None = None) -> None:
        self.database = database
        self.seal = seal
        self.deadlines = deadlines or Deadlines()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="records")

    async def read(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run function(connection, …) for reading."""

        def run() -> T:
            with self.database.read() as connection:
                return function(connection, *arguments, **named)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def write(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run function(connection, …) as one transaction; it is committed when this returns."""

        def run() -> T:
            with self.database.write() as connection:
                return function(connection, *arguments, **named)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run something that opens its own transactions, such as a nightly job."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def close(self) -> None:
        """Wait for what is under way and close the database."""
        self._threads.shutdown()
        self.database.close()
