//! Activations against values computed elsewhere, and against themselves by other routes.

mod hermite_coefficients;
mod images;
mod variances;
