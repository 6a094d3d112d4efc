"""What pytest-xdist starts as a worker: hands its standard streams to one that is ready, and lasts as long as that.

A script that imports next to nothing, for everybody waits for it: the modules below `signal` and `socket` come with
Python itself, and do without theirs. Its argument is the socket of the nursery.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import os
import struct
import sys

_STREAMS = (0, 1)

if __name__ == "__main__":
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # the worker hears it too, and has something to clear up
    door = _socket.socket(_socket.AF_UNIX)
    door.connect(sys.argv[1])
    handed_over = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("2i", *_STREAMS))
    door.sendmsg([b"streams"], [handed_over])
    for stream in _STREAMS:
        os.close(stream)
    door.recv(1)
