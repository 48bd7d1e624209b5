"""Pairs of an answer and a key with the known verdict, after the public test suites of other graders.

One pair a line: ``answer ~ key ~ right|wrong``, grouped by kind, domain and variables.  The mathematics of the pairs is from
STACK (answer tests), lambda-feedback (symbolic comparison) and WeBWorK (MathObjects), written in the syntax of
answers; where those graders decide by convention, such as the multiplicity of roots, the pair is left out.
"""

# ruff: noqa: E501
from __future__ import annotations

from typing import NamedTuple


class Pair(NamedTuple):
    kind: str
    domain: str
    variables: str
    answer: str
    key: str
    right: bool


GROUPS: list[tuple[str, str, str, str]] = [
    ("expression", "real", "x y z a b t", r"""
0.5 ~ 1/2 ~ right
0.33 ~ 1/3 ~ wrong
0.333333333333333 ~ 1/3 ~ wrong
5.1e-2 ~ 51/1000 ~ right
452 ~ 4.52*10^2 ~ right
4^(-1/2) ~ 1/2 ~ right
4^(1/2) ~ sqrt(4) ~ right
(0.5+x)*2 ~ 2*x+1 ~ right
x^(1/2) ~ sqrt(x) ~ right
x ~ sqrt(x^2) ~ wrong
abs(x) ~ sqrt(x^2) ~ right
1/abs(x)^(1/3) ~ (abs(x)^(1/3)/abs(x))^(1/2) ~ right
1/sqrt(x) ~ sqrt(1/x) ~ right
x-1 ~ (x^2-1)/(x+1) ~ right
(x^2-1)/(x+1) ~ x-1 ~ right
2^((1/5.1)*t) ~ 2^(10t/51) ~ right
2^((1/5.1)*t) ~ 2^(0.196078431373*t) ~ wrong
a^b*a^x ~ a^(b+x) ~ right
(a^b)^x ~ a^(b*x) ~ wrong
6*((x-2)^2)^a ~ 6*(x-2)^(2*a) ~ wrong
6*((x-2)^3)^a ~ 6*(x-2)^(3*a) ~ right
2+2*sqrt(3+x) ~ 2+sqrt(12+4*x) ~ right
6*e^(6*(y^2+x^2))+72*x^2*e^(6*(y^2+x^2)) ~ (72*x^2+6)*e^(6*(y^2+x^2)) ~ right
sqrt(2*x/10+1) ~ sqrt((2*x+10)/10) ~ right
((x+3)^2*(x+3))^(1/3) ~ ((x+3)*(x^2+6*x+9))^(1/3) ~ right
(x-1)^2 ~ x^2-2*x+1 ~ right
(x-1)*(x^2+x+1) ~ x^3-1 ~ right
(x-1)^(-2) ~ 1/(x^2-2*x+1) ~ right
1/(4*x-(pi+sqrt(2))) ~ 1/(x+1) ~ wrong
(x-a)^6000 ~ (x-a)^6000 ~ right
(a-x)^6000 ~ (x-a)^6000 ~ right
(4*a-x)^6000 ~ (x-4*a)^6000 ~ right
(x-a)^6000 ~ (x-a)^5999 ~ wrong
(t+7)/(t^2+4*t-12) ~ (t+8)/(t^2+4*t-12) ~ wrong
-(2*t+6)/(t^2+4*t-12) ~ -(2*t+6)/(t^2+4*t-12) ~ right
1/t-1/(t+1) ~ 1/(t*(t+1)) ~ right
0.5*x^2+3*x-1 ~ x^2/2+3*x-1 ~ right
14336000000*x^13+250265600000*x^12+1862860800000*x^11+7623925760000*x^10+18290677760000*x^9+24744757985280*x^8+14567212351488*x^7-3267871272960*x^6-6408053107200*x^5+670406720000*x^4+1179708800000*x^3-429244800000*x^2+56696000000*x-2680000000 ~ 512*(2*x+5)^7*(5*x-1)^5*(70*x+67) ~ right
14336000000*x^13+250265600000*x^12+1862860800000*x^11+7623925760000*x^10+18290677760000*x^9+24744757985280*x^8+14567212351488*x^7-3267871272960*x^6-6408053107200*x^5+670406720000*x^4+1179708800000*x^3-429244800000*x^2+56696000000*x-2680000001 ~ 512*(2*x+5)^7*(5*x-1)^5*(70*x+67) ~ wrong
cos(x) ~ cos(-x) ~ right
cos(x)^2+sin(x)^2 ~ 1 ~ right
cos(x+y) ~ cos(x)*cos(y)-sin(x)*sin(y) ~ right
cos(x+y) ~ cos(x)*cos(y)+sin(x)*sin(y) ~ wrong
2*cos(x)^2-1 ~ cos(2*x) ~ right
1.0*cos(1200*pi*x) ~ cos(1200*pi*x) ~ right
20tan(10x)(1+tan(10x)^2) ~ cos(6*x) ~ wrong
2*cos(2*x)+x+1 ~ -sin(x)^2+3*cos(x)^2+x ~ right
(2*sec(2*t)^2-2)/2 ~ -(sin(4*t)^2-2*sin(4*t)+cos(4*t)^2-1)*(sin(4*t)^2+2*sin(4*t)+cos(4*t)^2-1)/(sin(4*t)^2+cos(4*t)^2+2*cos(4*t)+1)^2 ~ right
1+cosec(3*x) ~ 1+csc(3*x) ~ right
1/(1+exp(-2*x)) ~ tanh(x)/2+1/2 ~ right
-4*sec(4*z)^2*sin(6*z)-6*tan(4*z)*cos(6*z) ~ 4*sec(4*z)^2*sin(6*z)+6*tan(4*z)*cos(6*z) ~ wrong
csc(6*x)^2*(7*sin(6*x)*cos(7*x)-6*cos(6*x)*sin(7*x)) ~ -(6*cos(6*x)*sin(7*x)-7*sin(6*x)*cos(7*x))/sin(6*x)^2 ~ right
csc(6*x)^2*(7*sin(6*x)*cos(7*x)-6*cos(6*x)*sin(7*x)) ~ (6*cos(6*x)*sin(7*x)-7*sin(6*x)*cos(7*x))/sin(6*x)^2 ~ wrong
-(7*x^6+4*x^3)/sin(7*y+x^7+x^4+1)^2 ~ -(7*x^6+4*x^3)*csc(7*y+x^7+x^4+1)^2 ~ right
sin((2*pi*a-pi)/2) ~ -cos(a*pi) ~ right
sin(x/2)/(1+tan(x)*tan(x/2)) ~ sin(x/2)*cos(x) ~ right
1+x ~ 1 ~ wrong
log(a^2*b) ~ 2*log(a)+log(b) ~ right
(2*log(2*x)+x)/(2*x) ~ (log(2*x)+2)/(2*sqrt(x)) ~ wrong
log(abs(x^2-9)) ~ log(abs(x-3))+log(abs(x+3)) ~ right
lg(10^x) ~ x ~ right
lg(3^x,3) ~ x ~ right
1+lg(27,3) ~ 4 ~ right
1+lg(27,3) ~ 3 ~ wrong
lg(1/8,2) ~ -3 ~ right
x^log(y) ~ y^log(x) ~ right
e^1-e^(-1) ~ 2*sinh(1) ~ right
sqrt(12) ~ 2*sqrt(3) ~ right
sqrt(11+6*sqrt(2)) ~ 3+sqrt(2) ~ right
(19601-13860*sqrt(2))^(7/4) ~ (5*sqrt(2)-7)^7 ~ right
sqrt(2*log(26)+4-2*log(2)) ~ sqrt(2*log(13)+4) ~ right
sqrt(2)*sqrt(3)+2*(sqrt(2/3))*x-(2/3)*(sqrt(2/3))*x^2+(4/9)*(sqrt(2/3))*x^3 ~ 4*sqrt(6)*x^3/27-(2*sqrt(6)*x^2)/9+(2*sqrt(6)*x)/3+sqrt(6) ~ right
(t+1)*t! ~ (t+1)! ~ right
t/t! ~ 1/(t-1)! ~ right
t/t! ~ 1/(t+1)! ~ wrong
a!/(b!*(a-b)!) ~ binomial(a,b) ~ right
binomial(a,b)+binomial(a,b+1) ~ binomial(a+1,b+1) ~ right
binomial(a,b)+binomial(a,b+1) ~ binomial(a+1,b) ~ wrong
binomial(a,b) ~ binomial(a,a-b) ~ right
175!*56!/(55!*176!) ~ 17556/55176 ~ right
abs(x^2-4)/(abs(x-2)*abs(x+2)) ~ 1 ~ right
abs(x^2-4) ~ abs(x-2)*abs(x+2) ~ right
(sqrt(108)+10)^(1/3)-(sqrt(108)-10)^(1/3) ~ 2 ~ right
(sqrt(2+sqrt(2))+sqrt(2-sqrt(2)))/(2*sqrt(2)) ~ sqrt(sqrt(2)+2)/2 ~ right
sqrt(2*x*sqrt(x^2+1)+2*x^2+1)-sqrt(x^2+1)-x ~ 0 ~ right
(77+20*sqrt(13))^(1/6)-(77-20*sqrt(13))^(1/6) ~ 1 ~ right
cos(2*pi/17) ~ (-1+sqrt(17)+sqrt(34-2*sqrt(17)))/16+(2*sqrt(17+3*sqrt(17)-sqrt(34-2*sqrt(17))-2*sqrt(34+2*sqrt(17))))/16 ~ right
atan(1/2) ~ pi/2-atan(2) ~ right
asinh(x) ~ ln(x+sqrt(x^2+1)) ~ right
(2-2^(5/2))/2 ~ 1-2^(3/2) ~ right
3*x**2 + 3*x + 5 ~ 2+3+x+2*x + x*x*3 ~ right
3*x**2 + 3*x + 5 ~ 2+3+x+2*x + x*x*3 - x ~ wrong
cos(x)**2 + sin(x)**2 + y ~ y + 1 ~ right
1+tan(x)^2 + y ~ sec(x)^2 + y ~ right
x/2 ~ 0.5*x ~ right
|x|+y ~ Abs(x)+y ~ right
a|x|+|y| ~ a*Abs(x)+Abs(y) ~ right
|x|a+|y| ~ a*Abs(x)+Abs(y) ~ right
|x|+|y| ~ Abs(x)+Abs(y) ~ right
pi ~ 2*asin(1) ~ right
x sinh(y)+x cosh(y) ~ x*exp(y) ~ right
2tanh(x)/(1+tanh(x)^2) ~ tanh(2*x) ~ right
x csch(y) ~ x/sinh(y) ~ right
b exp(x)exp(x) ~ b*exp(2*x) ~ right
a+b*e^2 ~ a+b*exp(2) ~ right
a 10^(log(10,10)) ~ 10a ~ right
x*b^(log(a,b)) ~ a x ~ right
x/(1-a cos(t)) ~ x/(1-a*cos(t)) ~ right
(x + y)^2 ~ x^2 + y^2 ~ wrong
sin(x)/x ~ x/sin(x) ~ wrong
sin(x^2) ~ sin^2(x) ~ wrong
sin^2 x ~ sin(x)^2 ~ right
1/2 x ~ x/2 ~ right
e^{-x^2/2} ~ 1/sqrt(e^(x^2)) ~ right
\frac{x+1}{x} ~ 1 + 1/x ~ right
\sqrt{x^2+2x+1} ~ |x+1| ~ right
\sqrt{x^2+2x+1} ~ x+1 ~ wrong
\frac{1}{1-x}+\frac{1}{1+x} ~ 2/(1-x^2) ~ right
x^{\frac{2}{3}} ~ (x^2)^(1/3) ~ right
2^x 3^x ~ 6^x ~ right
2^x + 3^x ~ 5^x ~ wrong
ln(x^2) ~ 2 ln|x| ~ right
2 ln x ~ ln(x^2) ~ wrong
ln(x y) ~ ln x + ln y ~ right
ln(x+y) ~ ln x + ln y ~ wrong
ln(e^(2x)) ~ 2x ~ right
e^(ln x) ~ x ~ right
atan(x) ~ asin(x/sqrt(1+x^2)) ~ right
atan(x) ~ tan(x)^(-1) ~ wrong
\tan^{-1}(x) ~ atan(x) ~ right
sin(asin x) ~ x ~ right
asin(sin x) ~ x ~ wrong
acos(x) ~ pi/2 - asin(x) ~ right
cosh^2 x - sinh^2 x ~ 1 ~ right
sin(3x) ~ 3 sin x - 4 sin^3 x ~ right
cos(4x) ~ 8cos^4 x - 8cos^2 x + 1 ~ right
cos(4x) ~ 8cos^4 x - 8cos^2 x - 1 ~ wrong
tan(x+y) ~ (tan x + tan y)/(1 - tan x tan y) ~ right
sin x + sin y ~ 2 sin((x+y)/2) cos((x-y)/2) ~ right
sin(pi/12) ~ (sqrt(6)-sqrt(2))/4 ~ right
cos(pi/5) ~ (1+sqrt(5))/4 ~ right
cos(pi/7)cos(2pi/7)cos(3pi/7) ~ 1/8 ~ right
tan(pi/8) ~ sqrt(2)-1 ~ right
log(1000)/log(10) ~ 3 ~ right
ln(sqrt(x)) ~ ln(x)/2 ~ right
x^3 ~ |x|^3 ~ wrong
max(x,y) ~ (x+y+|x-y|)/2 ~ right
sqrt((1-x)/(1+x)) ~ sqrt(1-x^2)/(1+x) ~ right
sqrt((x-1)/(x+1)) ~ sqrt(x^2-1)/(x+1) ~ wrong
ln|sec x + tan x| ~ -ln|sec x - tan x| ~ right
ln|tan(x/2)| ~ ln|csc x - cot x| ~ right
tan(arcsin x) ~ x/sqrt(1-x^2) ~ right
sqrt(7+4sqrt(3)) ~ 2+sqrt(3) ~ right
cbrt(2+sqrt(5)) ~ (1+sqrt(5))/2 ~ right
arctan(2)-arctan(1/3) ~ pi/4 ~ right
arcsinh(3/4) ~ ln 2 ~ right
(1-cos x)/sin x ~ tan(x/2) ~ right
sqrt(1-sin^2 x) ~ cos x ~ wrong
x^x(1+ln x) ~ e^(x ln x)(ln x + 1) ~ right
sqrt(x)sqrt(y) ~ sqrt(x y) ~ wrong
"""),
    ("expression", "positive", "x y a b g v", r"""
ln(x^2) ~ 2 ln x ~ right
2 ln x ~ ln(x^2) ~ right
sqrt(x^2) ~ x ~ right
sqrt(x y) ~ sqrt(x) sqrt(y) ~ right
sqrt(x)sqrt(y) ~ sqrt(x y) ~ right
(a^b)^x ~ a^(b*x) ~ right
sqrt(a/b)*sqrt(b/a) ~ 1 ~ right
(2*pi)*(a/b)^(1/2) ~ (2*pi)/(b/a)^(1/2) ~ right
1/( ((x+1)**2) * ( sqrt(1-(x/(x+1))**2) ) ) ~ 1/((x+1)*(sqrt(2x+1))) ~ right
sqrt(v)/sqrt(g) ~ sqrt(v/g) ~ right
v**(0.5)/g**(0.5) ~ (v/g)**(1/2) ~ right
v**(1/5)/g**(1/5) ~ (v/g)**(0.2) ~ right
v**(1/a)/g**(1/a) ~ (v/g)**(1/a) ~ right
atan(x) + atan(1/x) ~ pi/2 ~ right
ln(x/y) ~ ln x - ln y ~ right
ln x / ln y ~ ln(x/y) ~ wrong
x^a x^b ~ x^(a b) ~ wrong
x^a y^a ~ (x y)^a ~ right
sqrt(x + y) ~ sqrt x + sqrt y ~ wrong
|x| ~ x ~ right
sqrt(x+2sqrt(x)+1) ~ 1 + sqrt(x) ~ right
(x^6)^(1/3) ~ x^2 ~ right
"""),
    ("expression", "complex", "x z w", r"""
sqrt(-1) ~ i ~ right
i ~ e^(i*pi/2) ~ right
exp(i*pi) ~ -1 ~ right
(4*sqrt(3)*i+4)^(1/5) ~ 8^(1/5)*(cos(pi/15)+i*sin(pi/15)) ~ right
(4*sqrt(3)*i+4)^(1/5) ~ 6^(1/5)*cos(pi/15)-6^(1/5)*i*sin(pi/15) ~ wrong
e^(i x) ~ cos(x)+i*sin(x) ~ right
e^(ix)+e^(-ix) ~ 2cos(x) ~ right
e^(ix)-e^(-ix) ~ 2sin(x) ~ wrong
re(1+2*i) ~ 1 ~ right
im(1+2i) ~ 2 ~ right
conjugate(2-i) ~ 2+i ~ right
re(2-i)-im(2-i)*i ~ 2+i ~ right
(1+i)^2 ~ 2i ~ right
1/(1+i) ~ (1-i)/2 ~ right
1/i ~ -i ~ right
sqrt(i) ~ (1+i)/sqrt(2) ~ right
sqrt(z^2) ~ z ~ wrong
(z+i)(z-i) ~ z^2+1 ~ right
z^2+1 ~ (z+1)(z-1) ~ wrong
(-8)^(1/3) ~ 1 + sqrt(3) i ~ right
sin(i z) ~ i sinh(z) ~ right
cosh(i z) ~ cos(z) ~ right
log(z^2) ~ 2 log(z) ~ wrong
e^(z+w) ~ e^z e^w ~ right
e^(2 pi i/3) ~ -1/2 + sqrt(3)/2 i ~ right
e^(z+2 pi i) ~ e^z ~ right
"""),
    ("expression", "real", "n k", r"""
(n+1)!/n! ~ n+1 ~ right
n! / (n-2)! ~ n(n-1) ~ right
(2n)!/(2^n n!) ~ n! ~ wrong
\binom{n}{2} ~ n(n-1)/2 ~ right
binomial(n,2) ~ n^2/2 ~ wrong
2^(n+1) - 2^n ~ 2^n ~ right
4^n ~ 2^(2n) ~ right
n(n+1)(2n+1)/6 ~ n^3/3 + n^2/2 + n/6 ~ right
"""),
    ("number", "real", "", r"""
inf ~ oo ~ right
-inf ~ oo ~ wrong
\infty ~ oo ~ right
3 ~ oo ~ wrong
0.5 ~ 1/2 ~ right
.5 ~ 1/2 ~ right
1/3 ~ 0.3333 ~ wrong
2/4 ~ 1/2 ~ right
-sqrt(2)/sqrt(3) ~ -2/sqrt(6) ~ right
\frac{\sqrt{2}}{2} ~ 1/sqrt(2) ~ right
e^{2 ln 3} ~ 9 ~ right
ln 8 / ln 2 ~ 3 ~ right
3 ln 2 ~ ln 8 ~ right
ln 2 + ln 3 ~ ln 5 ~ wrong
5! ~ 120 ~ right
\binom{5}{2} ~ 10 ~ right
2pi ~ 6.28 ~ wrong
DNE ~ DNE ~ right
does not exist ~ DNE ~ right
0 ~ DNE ~ wrong
DNE ~ 0 ~ wrong
1.5e3 ~ 1500 ~ right
1.5 \times 10^3 ~ 1500 ~ right
-3^2 ~ -9 ~ right
(-3)^2 ~ -9 ~ wrong
sqrt(3+2sqrt(2)) ~ 1+sqrt(2) ~ right
"""),
    ("list", "real", "x k", r"""
[1,2] ~ [1,2,3] ~ wrong
[1,2,4] ~ [1,2,3] ~ wrong
[(k+8)/(k^2+4*k-12),-(2*k+6)/(k^2+4*k-12)] ~ [(k+8)/(k^2+4*k-12),-(2*k+6)/(k^2+4*k-12)] ~ right
1, x+x, x x ~ [1, 2x, x^2] ~ right
2, 1 ~ 1, 2 ~ wrong
"""),
    ("set", "real", "x k a", r"""
{1,2} ~ {1,2,3} ~ wrong
{2/4, 1/3} ~ {1/2, 1/3} ~ right
{1,2,4} ~ {1,2,3} ~ wrong
{2,1,1} ~ {1,2} ~ right
{-sqrt(2)/sqrt(3)} ~ {-2/sqrt(6)} ~ right
{(-sqrt(2)/sqrt(3),0),(2/sqrt(6),0)} ~ {(2/sqrt(6),0),(-2/sqrt(6),0)} ~ right
{(-sqrt(10)/2)-2,sqrt(10)/2-2} ~ {(-sqrt(5)/sqrt(2))-2,sqrt(5)/sqrt(2)-2} ~ right
{(2-2^(5/2))/2,(2^(5/2)+2)/2} ~ {1-2^(3/2),2^(3/2)+1} ~ right
{(x-a)^6000} ~ {(a-x)^6000} ~ right
{(k+8)/(k^2+4*k-12),-(2*k+6)/(k^2+4*k-12)} ~ {(k+8)/(k^2+4*k-12),-(2*k+6)/(k^2+4*k-12)} ~ right
x = 2 or x = -2 ~ {2, -2} ~ right
x = ±2 ~ {2, -2} ~ right
\pm 2 ~ {2, -2} ~ right
2 ~ {2, -2} ~ wrong
\{1, 2\} ~ {1, 2} ~ right
no solution ~ {} ~ right
\emptyset ~ {} ~ right
0 ~ {} ~ wrong
{} ~ {0} ~ wrong
(1,2) U (3,4) ~ (1,2) ∪ (3,4) ~ right
(1,2] U [2,3) ~ (1,3) ~ right
(1,2] U [2,3) ~ [1,3] ~ wrong
{1,3} ~ [1,3] ~ wrong
(-oo,1) ~ (-oo,1) ~ right
(-1,oo) ~ (0,oo) ~ wrong
(-oo,0] U (-1,4) ~ (-oo,4) ~ right
(-oo,1) U (-1,oo) ~ (-oo,oo) ~ right
all real numbers ~ (-oo,oo) ~ right
(-1,1] ∩ [1,2) ~ (0,1] ∩ [1,3) ~ right
1 <= x and x < 2 ~ [1,2) ~ right
1 <= x < 2 ~ [1,2) ~ right
1 < x < 2 ~ [1,2) ~ wrong
x < 1 or x > 3 ~ (-oo,1) U (3,oo) ~ right
x != 1 ~ (-oo,1) U (1,oo) ~ right
x^2 < 4 ~ (-2,2) ~ right
(sqrt(2), oo) ~ [sqrt(2), oo) ~ wrong
(\sqrt{2}, \infty) ~ (2^(1/2), oo) ~ right
"""),
    ("equation", "real", "x y a b c z k", r"""
x=1 ~ x=1 ~ right
1=x ~ x=1 ~ right
1=1 ~ x=1 ~ wrong
x=2 ~ x=1 ~ wrong
x+y=1 ~ y=1-x ~ right
2*x+2*y=1 ~ y=0.5-x ~ right
1/x+1/y=2 ~ y = x/(2*x-1) ~ right
y=sin(2*x) ~ y/2=cos(x)*sin(x) ~ right
y=(x-a)^6000 ~ y=(x-a)^6000 ~ right
y=(a-x)^6000 ~ y=(x-a)^6000 ~ right
y=(x-a)^5999 ~ y=(x-a)^6000 ~ wrong
0=-x+y/a+(y-z)/b ~ 0=x-y/a-(y-z)/b ~ right
a=0 or b=0 ~ a*b=0 ~ right
a*b=0 ~ a=0 or b=0 ~ right
a*x=a*y ~ x=y ~ wrong
a*x=a*y ~ a=0 or x=y ~ right
x=y ~ x^2=y^2 ~ wrong
x^2=4 ~ x=2 or x=-2 ~ right
(x-y)*(x+y)=0 ~ x^2=y^2 ~ right
y=sqrt(1-x^2) ~ x^2+y^2=1 ~ wrong
(x-1)*(x+1)*(y-1)*(y+1)=0 ~ y^2+x^2=1+x^2*y^2 ~ right
4*x^2-71*x+220 = 0 or 14*x^2-91*x+140 = 0 ~ x = 5/2 or x = 4 or x = 55/4 ~ right
a(1+sqrt(2))=b ~ a=b(sqrt(2)-1) ~ right
a(1+sqrt(2))=b ~ a=b(sqrt(2)-1)/3 ~ wrong
x<1 ~ x>1 ~ wrong
1<x ~ x>1 ~ right
a<b ~ b>a ~ right
2<2*x ~ x>1 ~ right
-2>-2*x ~ x>1 ~ right
x>1 ~ x<=1 ~ wrong
x>=2 ~ x<2 ~ wrong
x>=1 ~ x>2 ~ wrong
2*x>=x^2 ~ x^2<=2*x ~ right
3*x^2<9*a ~ x^2-3*a<0 ~ right
x>2 ~ x>1 ~ wrong
"""),
    ("equation", "real", "x", r"""
x^2>4 ~ x>2 or x<-2 ~ right
1<x or x<-3 ~ x<-3 or 1<x ~ right
1<x or x<-3 ~ x<-1 or 3<x ~ wrong
x>1 and x<5 ~ 5>x and 1<x ~ right
x>=1 or 1<=x ~ x>=1 ~ right
(x>4 and x<5) or (x<-4 and x>-5) or (x+5>0 and x<-4) ~ (x>-5 and x<-4) or (x>4 and x<5) ~ right
(x < 0 or x >= 1) and x <= 3 ~ x < 0 or (x >= 1 and x <= 3) ~ right
x^4>=0 ~ x^2>=0 ~ right
x^4>=16 ~ x^2>=4 ~ right
-3<=x ~ -3<=x and x<=3 ~ wrong
x^2<4 ~ x<2 and x>-2 ~ right
x^2<6 ~ x<2 and x>-2 ~ wrong
1 != x ~ x != 1 ~ right
x != 2 ~ x-2 != 0 ~ right
x-3 != 0 ~ x != 2 ~ wrong
x != 2 ~ x<2 or x>2 ~ right
x^2-3 != 1 ~ x<-2 or (-2<x and x<2) or 2<x ~ right
"""),
    ("matrix", "real", "x", r"""
[[1,2],[2,3]] ~ [[1,2],[2,3]] ~ right
[[1,2],[2,3]] ~ [[1,2,3],[2,3,3]] ~ wrong
[[1,2],[2,3]] ~ [[1,2],[2,5]] ~ wrong
[[0.33,1],[1,1]] ~ [[0.333,1],[1,1]] ~ wrong
[[x+x,2],[2,x*x]] ~ [[2*x,2],[2,x^2]] ~ right
\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix} ~ [[1,0],[0,1]] ~ right
[1 0; 0 1] ~ [[1,0],[0,1]] ~ right
\frac{1}{2}\begin{pmatrix} 2 & 4 \\ 6 & 8 \end{pmatrix} ~ [[1,2],[3,4]] ~ right
[[1,2],[3,4]]^T ~ [[1,3],[2,4]] ~ right
[[1,2],[3,4]] ~ [[1,3],[2,4]] ~ wrong
[[1,1],[0,1]]*[[1,0],[1,1]] ~ [[2,1],[1,1]] ~ right
[[2,0],[0,4]]^-1 ~ [[1/2,0],[0,1/4]] ~ right
"""),
    ("vector", "real", "x y", r"""
(1, 2) ~ [1, 2] ~ right
<1, 2> ~ [1, 2] ~ right
[1; 2] ~ [1, 2] ~ right
\begin{pmatrix} 1 \\ 2 \end{pmatrix} ~ [1, 2] ~ right
\langle 1, 2 \rangle ~ [1, 2] ~ right
(2, 1) ~ [1, 2] ~ wrong
(1, 2, 3) ~ [1, 2] ~ wrong
2(1, 2) - (1, 1) ~ [1, 3] ~ right
2i + x j ~ [2, x] ~ right
2\mathbf{i} - \hat{j} ~ [2, -1] ~ right
2\hat{\imath} + 3\hat{\jmath} ~ [2, 3] ~ right
2i + j + k ~ [2, 1] ~ wrong
3i ~ [3, 0] ~ right
(x+x, y/1) ~ [2x, y] ~ right
(sin(x)^2 + cos(x)^2, 0) ~ [1, 0] ~ right
"""),
    ("same_form", "real", "x y a b", r"""
1+2x ~ 2x+1 ~ right
x+x ~ 2x ~ wrong
x+x ~ x+x ~ right
2*x*3 ~ 6x ~ wrong
(x+1)(x+2) ~ (2+x)(1+x) ~ right
x^2+3x+2 ~ (x+1)(x+2) ~ wrong
a-b ~ -b+a ~ right
x/2 ~ (1/2)x ~ right
1/2 ~ 2/4 ~ wrong
sqrt(x) ~ x^(1/2) ~ right
x+(y+a) ~ (x+y)+a ~ right
-(x) ~ -x ~ right
x*x ~ x^2 ~ wrong
2+3 ~ 5 ~ wrong
"""),
    ("system", "real", "x y z", r"""
x=1, y=2 ~ y=2, x=1 ~ right
x+y=3, x-y=-1 ~ x=1, y=2 ~ right
2x+2y=6, x=1 ~ x=1, y=2 ~ right
x=2, y=1 ~ x=1, y=2 ~ wrong
x+y=3 ~ x+y=3, 2x+2y=6 ~ right
x+y=3 ~ x=1, y=2 ~ wrong
x=0, x=1 ~ y=0, y=1 ~ right
"""),
]  # fmt: skip


def _pairs() -> list[Pair]:
    found = []
    for kind, domain, variables, text in GROUPS:
        for line in text.strip().splitlines():
            answer, key, verdict = (part.strip() for part in line.split(" ~ "))
            assert verdict in ("right", "wrong"), line
            found.append(Pair(kind, domain, variables, answer, key, verdict == "right"))
    return found


PAIRS = _pairs()
