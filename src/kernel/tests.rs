//! Kernels by several routes.

mod two_routes;
