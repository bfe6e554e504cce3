"""Whether draws can be trusted: R-hat, effective sample sizes, Monte Carlo errors, E-BFMI, and advice in
sentences.

Arrays only, numpy only. Draws are f64[..., chains, draws]: diagnostics look along the last two axes and are
computed for all leading ones at once. Definitions are those of Vehtari, Gelman, Simpson, Carpenter and
Buerkner (2021), "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence
of MCMC". Import from the files: `ranks`, `rhat`, `ess`, `energy`, `summary`, `report`.
"""
