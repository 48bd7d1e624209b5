"""Numba functions written by hand, the physical reference: what somebody who knows the derivatives would write."""
