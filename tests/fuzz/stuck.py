"""A task for the long run that hangs over even numbers and dies of odd ones."""

from __future__ import annotations

import os
import time


def stuck_or_dead(pipe, seed, numbers):
    for number in numbers:
        pipe.send((number, "CSV", "", ""))
        if number % 2:
            os._exit(3)
        time.sleep(600)
    pipe.send(None)
