"""hessmath: a formula in, exact derivatives, checked claims, fast kernels and certified solutions out."""
