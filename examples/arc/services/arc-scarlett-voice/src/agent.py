"""Scarlett: waits for rooms to speak in. Its health is that its process is there."""

import signal
import sys
import threading

import structlog
from livekit.agents import __version__

stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
structlog.get_logger().info('waiting for a room', livekit=__version__)
stopped.wait()
sys.exit(0)
