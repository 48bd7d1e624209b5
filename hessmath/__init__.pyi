"""The public names, for type checkers."""

from hessmath.api import (
    certify as certify,
)
from hessmath.api import (
    check as check,
)
from hessmath.api import (
    check_derivatives as check_derivatives,
)
from hessmath.api import (
    compile as compile,
)
from hessmath.api import (
    critical_points as critical_points,
)
from hessmath.api import (
    fit as fit,
)
from hessmath.api import (
    lambdify as lambdify,
)
from hessmath.api import (
    minimize as minimize,
)
from hessmath.api import (
    minimize_many as minimize_many,
)
from hessmath.api import (
    plot as plot,
)
from hessmath.api import (
    problem as problem,
)
from hessmath.api import (
    report as report,
)
from hessmath.api import (
    solver as solver,
)
from hessmath.array_function import ArrayFunction as ArrayFunction
from hessmath.errors import (
    FormulaError as FormulaError,
)
from hessmath.errors import (
    HessmathError as HessmathError,
)
from hessmath.errors import (
    InputError as InputError,
)
from hessmath.errors import (
    MissingExtra as MissingExtra,
)
from hessmath.errors import (
    NotDifferentiable as NotDifferentiable,
)
from hessmath.errors import (
    ShapeError as ShapeError,
)
from hessmath.errors import (
    WrongKind as WrongKind,
)
from hessmath.function import Function as Function
from hessmath.kernels import (
    ArrayKernel as ArrayKernel,
)
from hessmath.kernels import (
    Automatic as Automatic,
)
from hessmath.kernels import (
    Interpreter as Interpreter,
)
from hessmath.kernels import (
    Kernel as Kernel,
)
from hessmath.kernels import (
    Optimised as Optimised,
)
from hessmath.kernels import (
    Quick as Quick,
)
from hessmath.networks import (
    Dense as Dense,
)
from hessmath.networks import (
    Identity as Identity,
)
from hessmath.networks import (
    Network as Network,
)
from hessmath.networks import (
    ReLU as ReLU,
)
from hessmath.networks import (
    Sigmoid as Sigmoid,
)
from hessmath.networks import (
    Softplus as Softplus,
)
from hessmath.networks import (
    Tanh as Tanh,
)
from hessmath.optimize import (
    AdaptiveShift as AdaptiveShift,
)
from hessmath.optimize import (
    Armijo as Armijo,
)
from hessmath.optimize import (
    ExactStep as ExactStep,
)
from hessmath.optimize import (
    FixedStep as FixedStep,
)
from hessmath.optimize import (
    GradientBelow as GradientBelow,
)
from hessmath.optimize import (
    GradientDescent as GradientDescent,
)
from hessmath.optimize import (
    ModifiedCholesky as ModifiedCholesky,
)
from hessmath.optimize import (
    Newton as Newton,
)
from hessmath.optimize import (
    NewtonCG as NewtonCG,
)
from hessmath.optimize import (
    RegularisedNewton as RegularisedNewton,
)
from hessmath.optimize import (
    Solution as Solution,
)
from hessmath.optimize import (
    Status as Status,
)
from hessmath.render.progress import progress_bar as progress_bar
from hessmath.symbolic import gallery as gallery
from hessmath.symbolic.collection import collection as collection
from hessmath.verify import (
    Certificate as Certificate,
)
from hessmath.verify import (
    Claim as Claim,
)
from hessmath.verify import (
    IllPosed as IllPosed,
)
from hessmath.verify import (
    Proved as Proved,
)
from hessmath.verify import (
    Refuted as Refuted,
)
from hessmath.verify import (
    Tested as Tested,
)
from hessmath.verify import (
    Undecided as Undecided,
)
from hessmath.verify import (
    Vacuous as Vacuous,
)
from hessmath.verify import (
    Verdict as Verdict,
)
from hessmath.verify import (
    claim as claim,
)
from hessmath.verify.certify import CertifiedPoint as CertifiedPoint

__version__: str
from hessmath.networks import (
    GELU as GELU,
)
from hessmath.networks import (
    MSE as MSE,
)
from hessmath.networks import (
    BatchNorm as BatchNorm,
)
from hessmath.networks import (
    BinaryCrossEntropy as BinaryCrossEntropy,
)
from hessmath.networks import (
    Glorot as Glorot,
)
from hessmath.networks import (
    He as He,
)
from hessmath.networks import (
    LeakyReLU as LeakyReLU,
)
from hessmath.networks import (
    Orthogonal as Orthogonal,
)
from hessmath.networks import (
    Residual as Residual,
)
from hessmath.networks import (
    SoftmaxCrossEntropy as SoftmaxCrossEntropy,
)
from hessmath.networks import (
    Sparse as Sparse,
)
from hessmath.optimize import (
    BFGS as BFGS,
)
from hessmath.optimize import (
    LBFGS as LBFGS,
)
from hessmath.optimize import (
    MINRES as MINRES,
)
from hessmath.optimize import (
    SGD as SGD,
)
from hessmath.optimize import (
    Adam as Adam,
)
from hessmath.optimize import (
    ConjugateGradient as ConjugateGradient,
)
from hessmath.optimize import (
    Constant as Constant,
)
from hessmath.optimize import (
    Cosine as Cosine,
)
from hessmath.optimize import (
    CubicNewton as CubicNewton,
)
from hessmath.optimize import (
    Direct as Direct,
)
from hessmath.optimize import (
    Every as Every,
)
from hessmath.optimize import (
    FiniteSum as FiniteSum,
)
from hessmath.optimize import (
    GaussNewton as GaussNewton,
)
from hessmath.optimize import (
    HessianFree as HessianFree,
)
from hessmath.optimize import (
    InverseTime as InverseTime,
)
from hessmath.optimize import (
    LanczosSubproblem as LanczosSubproblem,
)
from hessmath.optimize import (
    LevenbergMarquardt as LevenbergMarquardt,
)
from hessmath.optimize import (
    Momentum as Momentum,
)
from hessmath.optimize import (
    NaturalGradient as NaturalGradient,
)
from hessmath.optimize import (
    Nesterov as Nesterov,
)
from hessmath.optimize import (
    NoProgress as NoProgress,
)
from hessmath.optimize import (
    PerturbedGradientDescent as PerturbedGradientDescent,
)
from hessmath.optimize import (
    SaddleFreeNewton as SaddleFreeNewton,
)
from hessmath.optimize import (
    SquaredGradients as SquaredGradients,
)
from hessmath.optimize import (
    SteihaugCG as SteihaugCG,
)
from hessmath.optimize import (
    StepDecay as StepDecay,
)
from hessmath.optimize import (
    TrustRegion as TrustRegion,
)
from hessmath.optimize import (
    Wolfe as Wolfe,
)
from hessmath.optimize import (
    minimize_sum as minimize_sum,
)
from hessmath.program import (
    LITERAL as LITERAL,
)
from hessmath.program import (
    STANDARD as STANDARD,
)
from hessmath.program.user_functions import user_function as user_function
