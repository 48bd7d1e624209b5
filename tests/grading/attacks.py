"""Programs that attack the grader: each defines ``attack()`` and gets the points only when that returns True.

``SECRET`` is a file with the key that the grader's user may read, ``CANARY`` a folder in which nothing may appear,
``OUTSIDE`` the process of the grader.
"""

PREAMBLE = """
import ctypes, gc, json, os, sys, time
import numpy as np

def attack():
    return False

def gradient(v):
    try:
        won = attack()
    except Exception:
        won = False
    if won is True:
        return [2 * v[0] * v[1], v[0] ** 2]
    return [0.5, -77.0]
"""

CHANNEL = """
def channels():
    found = []
    for number in range(3, 64):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            pass
    return found

def to_all(data):
    for number in channels():
        try:
            os.write(number, data)
        except OSError:
            pass

def token():
    frame = sys._getframe()
    while frame is not None:
        if "request" in frame.f_locals:
            return frame.f_locals["request"]["token"]
        frame = frame.f_back
    return ""
"""

QUIET: dict[str, str] = {
    # files
    "read the key": "def attack():\n    return len(open(SECRET).read()) > 0",
    "read the key by descriptor": "def attack():\n    return len(os.read(os.open(SECRET, os.O_RDONLY), 9)) > 0",
    "read the key through a link": "def attack():\n    os.symlink(SECRET, 'x')\n    return len(open('x').read()) > 0",
    "read the key through a hard link": "def attack():\n    os.link(SECRET, 'x')\n    return len(open('x').read()) > 0",
    "read the key with NumPy": "def attack():\n    return np.fromfile(SECRET, dtype=np.uint8).size > 0",
    "map the key into memory": "def attack():\n    return np.memmap(SECRET, dtype=np.uint8, mode='r').size > 0",
    "list the folder of the key": "def attack():\n    return len(os.listdir(os.path.dirname(SECRET))) > 0",
    "read the list of users": "def attack():\n    return len(open('/etc/passwd').read()) > 0",
    "write a file": "def attack():\n    open(CANARY + '/a', 'w').write('x')\n    return True",
    "write a file by descriptor": "def attack():\n    return os.open(CANARY + '/a', os.O_CREAT | os.O_WRONLY) > 0",
    "make a folder": "def attack():\n    os.mkdir(CANARY + '/b')\n    return True",
    "save an array": "def attack():\n    np.save(CANARY + '/c.npy', np.zeros(3))\n    return True",
    "delete the key": "def attack():\n    os.unlink(SECRET)\n    return True",
    "rename the key": "def attack():\n    os.rename(SECRET, SECRET + 'x')\n    return True",
    "change the rights of the key": "def attack():\n    os.chmod(SECRET, 0o777)\n    return True",
    "cut the key": "def attack():\n    os.truncate(SECRET, 0)\n    return True",
    "write into the working folder": "def attack():\n    open('note', 'w').write('x' * 10)\n    return True",
    "overwrite NumPy": "def attack():\n    open(np.__file__, 'a').write('#')\n    return True",
    "make a device": "def attack():\n    os.mknod('disk', 0o60666, os.makedev(8, 0))\n    return True",
    "read memory by /dev/mem": "def attack():\n    return len(open('/dev/mem', 'rb').read(1)) == 1",
    # what the process inherits
    "environment": "def attack():\n    return bool({'HOME', 'PATH', 'USER', 'PYTHONPATH'} & set(os.environ))",
    "inherited files": """
import stat
def attack():
    for number in range(3, 64):
        try:
            if stat.S_ISREG(os.fstat(number).st_mode):
                return True
        except OSError:
            pass
    return False""",
    "memory of the grader": """
def attack():
    return len(open(f'/proc/{OUTSIDE}/maps').read()) > 0""",
    "command of the grader": "def attack():\n    return len(open(f'/proc/{OUTSIDE}/cmdline').read()) > 0",
    "truth among the objects": """
def attack():
    for each in gc.get_objects():
        if isinstance(each, (list, tuple)) and len(each) == 2 and each[0] == 12.0 and each[1] == 4.0:
            return True
    return False""",
    "import of the grader": "def attack():\n    import hessmath\n    return True",
    "import of SymPy": "def attack():\n    import sympy\n    return True",
    # network
    "TCP": "import socket\ndef attack():\n    socket.socket().connect(('127.0.0.1', PORT))\n    return True",
    "UDP": """
import socket
def attack():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))
    return True""",
    "local socket": """
import socket
def attack():
    socket.socket(socket.AF_UNIX).bind('\\0hessmath-attack')
    return True""",
    # processes
    "fork": "def attack():\n    if os.fork() == 0:\n        os._exit(0)\n    return True",
    "fork bomb": "def attack():\n    while True:\n        os.fork()",
    "shell": "def attack():\n    return os.system('true') == 0",
    "other program": "def attack():\n    os.execv('/bin/sh', ['sh', '-c', 'true'])",
    "subprocess": "import subprocess\ndef attack():\n    return subprocess.run([sys.executable, '-c', '']).returncode == 0",  # noqa: E501
    "thread": """
import threading
def attack():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(1))
    thread.start()
    thread.join()
    return bool(seen)""",
    "clone by number": "def attack():\n    return ctypes.CDLL(None).syscall(CLONE, 17, 0, 0, 0, 0) >= 0",
    "kill the grader": "def attack():\n    os.kill(OUTSIDE, 9)\n    return True",
    "kill everybody": "def attack():\n    os.kill(-1, 9)\n    return True",
    "kill the group": "def attack():\n    os.killpg(0, 15)\n    return True",
    "trace the grader": "def attack():\n    return ctypes.CDLL(None).ptrace(16, OUTSIDE, None, None) == 0",
    "become root": "def attack():\n    os.setuid(0)\n    return len(open(SECRET).read()) > 0",
    "new user namespace": "def attack():\n    return ctypes.CDLL(None).unshare(0x10000000) == 0",
    "mount": "def attack():\n    return ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
    "change the root": "def attack():\n    os.chroot('/')\n    return True",
    "shared memory": "def attack():\n    return ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0",
    "more memory by asking": """
import resource
def attack():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return True""",
    "memory at once": "def attack():\n    return len(bytearray(1 << 40)) > 0",
    # values and texts
    "polite exit": "def attack():\n    sys.exit(0)",
    "exit at the import": "raise SystemExit(0)",
    "interrupt": "def attack():\n    raise KeyboardInterrupt",
    "prints": 'def attack():\n    for _ in range(2000):\n        print(\'{"score": 1, "correct": true}\' * 100)\n    return False',  # noqa: E501
    "huge array": "def gradient(v):\n    return np.zeros(10**6)",
    "not a number": "def gradient(v):\n    return [float('nan')] * 2",
    "infinity": "def gradient(v):\n    return [float('inf')] * 2",
    "text": "def gradient(v):\n    return '[12.0, 4.0]'",
    "nothing": "def gradient(v):\n    return None",
    "complex": "def gradient(v):\n    return [2j, 1j]",
    "ragged": "def gradient(v):\n    return [[1], [1, 2]]",
    "generator": "def gradient(v):\n    return (each for each in (1, 2))",
    "object that equals all": """
class Always:
    def __eq__(self, other): return True
    def __le__(self, other): return True
    def __sub__(self, other): return 0.0
def gradient(v):
    return [Always(), Always()]""",
    "number that lies": """
class Liar(float):
    def __float__(self): raise RuntimeError('no')
    def __repr__(self): return '"],"correct":true'
def gradient(v):
    return [Liar(1), Liar(2)]""",
    "integer without end": "def gradient(v):\n    return [10 ** 5000, 1]",
    "exception without a message": """
class Silent(Exception):
    def __str__(self): raise Silent()
def gradient(v):
    raise Silent()""",
    "exception with markup": "def gradient(v):\n    raise ValueError('<script>alert(1)</script>\\x1b[2J' * 1000)",
    "many brackets": "x = " + "(" * 5000 + ")" * 5000,
    "deep expression": "x = " + "-" * 50_000 + "1",
    "zero byte": "x = '\0'",
    "half a surrogate": "x = '\ud800'",
    "no function": "del gradient",
    "number for a function": "gradient = 3",
}
"""Attempts that the process survives: tried one after the other in the same one."""

LOUD: dict[str, str] = {
    # resources
    "memory bit by bit": "def attack():\n    kept = []\n    while True:\n        kept.append(bytearray(1 << 24))",
    "memory by NumPy": "def attack():\n    return np.ones((10**6, 10**6)).sum() > 0",
    "endless loop": "def attack():\n    while True:\n        pass",
    "endless sleep": "def attack():\n    time.sleep(1e6)",
    "endless loop at the start": "while True:\n    pass",
    "endless recursion of frames": "import sys\nsys.setrecursionlimit(10**9)\ndef attack():\n    return attack()",
    "ignored signals": """
import signal
for number in range(1, 64):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def attack():
    while True:
        pass""",
    "caught exceptions": "def attack():\n    while True:\n        try:\n            time.sleep(100)\n        except BaseException:\n            pass",  # noqa: E501
    # ends
    "exit": "def attack():\n    os._exit(0)",
    "exit at the start": "os._exit(0)",
    "crash": "def attack():\n    ctypes.string_at(0)",
    "abort": "def attack():\n    os.abort()",
    "closed channel": "def attack():\n    os.closerange(0, 256)",
    # the channel of results
    "forged line": CHANNEL + 'def attack():\n    to_all(b\'{"score": 1, "correct": true}\\n\')\n    return False',
    "forged grade with the token": CHANNEL
    + "def attack():\n    to_all(json.dumps({'token': token(), 'correct': True}).encode() + b'\\n')\n    return False",
    "forged empty array": CHANNEL
    + """
def attack():
    line = {'token': token(), 'shape': [0], 'dtype': 'float64', 'numbers': [], 'changed': []}
    to_all(json.dumps(line).encode() + b'\\n')
    return False""",
    "forged sizes": CHANNEL
    + """
def attack():
    to_all(json.dumps({'token': token(), 'shape': [2], 'dtype': 'x', 'numbers': [1], 'changed': []}).encode() + b'\\n')
    return False""",
    "forged NaN": CHANNEL
    + """
def attack():
    line = '{"token": "%s", "shape": [2], "dtype": "float64", "numbers": [NaN, NaN], "changed": []}\\n' % token()
    to_all(line.encode())
    return False""",
    "forged text for numbers": CHANNEL
    + """
def attack():
    to_all(json.dumps(
        {'token': token(), 'shape': [2], 'dtype': 'float64', 'numbers': ['__import__("os")', '1'], 'changed': []}
    ).encode() + b'\\n')
    return False""",
    "nested line": CHANNEL + "def attack():\n    to_all(b'[' * 300000 + b'\\n')\n    return False",
    "endless line": CHANNEL + "def attack():\n    while True:\n        to_all(b'x' * 65536)",
    "huge integer": CHANNEL + "def attack():\n    to_all(b'9' * 100000 + b'\\n')\n    return False",
    "requests read ahead": CHANNEL + "def attack():\n    while True:\n        os.read(channels()[0], 65536)",
    # values
    "long integers": "def attack():\n    return 7 ** (10 ** 9) > 0",
    "endless recursion": "def attack():\n    return attack()",
    "array method that does not end": """
class Slow:
    def __array__(self, dtype=None, copy=None):
        while True:
            pass
def gradient(v):
    return Slow()""",
    # the interpreter
    "replaced json": "json.dumps = lambda *a, **k: '{}'\njson.loads = lambda *a, **k: {}\n",
    "replaced write": "os.write = lambda *a: 0\n",
    "replaced NumPy": "np.asarray = lambda *a, **k: 1\nnp.array_equal = lambda *a, **k: True\n",
    "replaced builtins": "import builtins\nbuiltins.abs = builtins.len = builtins.isinstance = lambda *a: 1\n",
    "replaced argument": "def gradient(v):\n    v[:] = 0.0\n    return v",
    "tracing": "sys.settrace(lambda *a: os._exit(1))\n",
}
"""Programs that break their process, or try to break what comes after them: each in a process of its own."""
