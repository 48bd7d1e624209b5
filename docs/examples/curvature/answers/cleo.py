def gradient(v):
    x, y = v
    return [3*x**2 - 3*y, 3*y**2 - 3*x]
