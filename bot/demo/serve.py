"""`python -m bot.demo.serve PORT DATA_DIR`: the product as `aftercare serve` runs it, on the demo's clock."""

import asyncio
import sys
from pathlib import Path

from bot.supervisor import LOOPBACK, Supervisor, product
from bot.training import trained_model


async def serve(port: int, data_dir: Path) -> None:
    """Run the processes until told to stop."""
    children = product(LOOPBACK, port, data_dir, trained_model(), limits=False, module="bot.demo.gateway")
    await Supervisor(children).run()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
