"""Listen to devices over MQTT, until interrupted."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kierto.hub.sensors.broker import DeviceBroker
from kierto.hub.sensors.gathering import Gathering
from kierto.hub.sensors.outside import Outside


class Command(BaseCommand):
    """``kierto manage listen``: what ``kierto serve`` keeps running where MQTT is switched on."""

    help = "Take readings of devices over MQTT: as a broker, or from the one of KIERTO_MQTT_URL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.MQTT_HOST, help="Address of the broker.")
        parser.add_argument(
            "--port", type=int, default=settings.MQTT_PORT or 1883, help="Its port."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
        gathering = Gathering()
        gathering.start()
        try:
            if settings.MQTT_URL:
                self._outside(gathering)
            else:
                asyncio.run(self._broker(options["host"], options["port"], gathering))
        finally:
            gathering.stop()

    def _outside(self, gathering: Gathering) -> None:
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        Outside(settings.MQTT_URL, gathering).run(stop)

    async def _broker(self, host: str, port: int, gathering: Gathering) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop.set)
        broker = DeviceBroker(host, port, gathering)
        await broker.start()
        self.stdout.write(f"Listening to devices on {host}:{port}.")
        self.stdout.flush()
        await stop.wait()
        await broker.shutdown()
