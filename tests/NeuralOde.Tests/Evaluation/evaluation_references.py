"""Writes ../References/evaluation.json with SciPy and statsmodels; run from this folder."""
import numpy as np, json, warnings
warnings.filterwarnings('ignore')
from scipy.linalg import expm
from scipy import stats
from scipy.optimize import least_squares
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf
from statsmodels.tsa.api import VAR
import scipy, statsmodels
out={'source': f'NumPy {np.__version__}, SciPy {scipy.__version__} (linalg.expm, stats.jarque_bera, optimize.least_squares), statsmodels {statsmodels.__version__} (stats.diagnostic.acorr_ljungbox, tsa.stattools.acf, tsa.api.VAR)'}
rng=np.random.default_rng(14)
R=lambda a,d=6: np.round(a,d)
exps=[]
for n,scale in [(1,3),(2,0.005),(2,0.08),(3,0.25),(3,0.6),(4,1.2),(5,8),(10,2)]:
    a=R(rng.standard_normal((n,n))*scale)
    exps.append({'size':n,'matrix':a.ravel().tolist(),'exponential':expm(a).ravel().tolist()})
out['expm']=exps
# residual diagnostics
e=np.zeros(60); x=0.0
for i in range(60):
    x=0.4*x+rng.standard_normal(); e[i]=x
e=R(e+0.2,4)
lb=acorr_ljungbox(e,lags=[1,5,10])
jb=stats.jarque_bera(e)
out['residuals']={'values':e.tolist(),'autocorrelations':acf(e,nlags=10,fft=False)[1:].tolist(),
  'ljungBox':lb['lb_stat'].tolist(),'ljungBoxProbability':lb['lb_pvalue'].tolist(),
  'jarqueBera':float(jb.statistic),'jarqueBeraProbability':float(jb.pvalue),
  'mean':float(e.mean()),'standardError':float(stats.sem(e))}
# VAR
A1=np.array([[0.5,0.2],[-0.3,0.6]]);A2=np.array([[0.2,-0.1],[0.1,-0.3]])
z=[np.zeros(2),np.zeros(2)]
for i in range(170): z.append(np.array([0.3,-0.1])+A1@z[-1]+A2@z[-2]+0.5*rng.standard_normal(2))
z=R(np.array(z[22:]),4)
m=VAR(z)
maxlags=int(12*(len(z)/100)**0.25)
sel=m.select_order(maxlags)
f=m.fit(2)
fc=f.forecast(z[-2:],5)
out['var']={'observations':z.ravel().tolist(),'chosen':int(sel.selected_orders['aic']),'order':2,'constant':f.intercept.tolist(),
  'coefficients':[c.ravel().tolist() for c in f.coefs],'forecast':fc.ravel().tolist()}
print('max',maxlags,'chosen',sel.selected_orders)
# linear ODE fit
A=np.array([[-0.2,1.1],[-0.9,-0.1]]);b=np.array([0.3,-0.2])
def aug(A,b):
    M=np.zeros((len(b)+1,)*2);M[:-1,:-1]=A;M[:-1,-1]=b;return M
t=np.round(np.cumsum(rng.uniform(0.1,0.9,40)),3)
y=np.array([(expm(aug(A,b)*s)@np.array([1.5,-0.5,1]))[:2] for s in t])
y=R(y+0.05*rng.standard_normal(y.shape),4)
def fit(lags):
    sd=y.std(axis=0)
    def res(p):
        M=aug(p[:4].reshape(2,2),p[4:])
        r=[]
        for l in lags:
            for k in range(len(t)-l):
                r.append(((expm(M*(t[k+l]-t[k]))@np.append(y[k],1))[:2]-y[k+l])/sd)
        return np.concatenate(r)
    s=least_squares(res,np.append(A.ravel(),b),xtol=1e-14,ftol=1e-14,gtol=1e-14)
    return {'matrix':s.x[:4].tolist(),'offset':s.x[4:].tolist(),'cost':float(2*s.cost)}
out['linearOde']={'times':t.tolist(),'observations':y.ravel().tolist(),'one':fit([1]),'four':fit([1,2,4])}
print(out['linearOde']['one'],out['linearOde']['four'])
# least squares
a=R(rng.standard_normal((9,4)),4);bb=R(rng.standard_normal((9,2)),4)
out['leastSquares']={'a':a.ravel().tolist(),'b':bb.ravel().tolist(),'solution':np.linalg.lstsq(a,bb,rcond=None)[0].ravel().tolist()}
def dump(o):
    return json.dumps(o,indent=1)
import re
s=json.dumps(out,indent=1)
s=re.sub(r'\[\s+((?:-?[\d.e+-]+,?\s+)+)\]',lambda m:'['+re.sub(r'\s+',' ',m.group(1)).strip()+']',s)
open('../References/evaluation.json','w').write(s+'\n')
