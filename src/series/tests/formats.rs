//! Limbs of different meaning never meet: where the formats of two series differ all is lost, and in debug builds the
//! difference is an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::exact::*;
use crate::number::{Ball, Mag};
use crate::series::compose::{compose, taylor_shift};
use crate::series::exponential::exponential;
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::{Multiplier, Operand};
use crate::series::root::reciprocal_square_root;

fn refused(what: &str, act: impl FnOnce() -> Fixed) {
    let answer = catch_unwind(AssertUnwindSafe(act)).map(|out| out.worst_error());
    let panics = cfg!(debug_assertions);
    assert!(answer.map_or(panics, |error| error == Mag::INFINITY), "{what}");
}

#[test]
fn two_formats_never_meet() {
    let own = Format { frac: 60, width: 2, degree: 8 };
    for other in
        [Format { frac: 61, ..own }, Format { width: 3, ..own }, Format { frac: 44, width: 1, degree: 8 }]
    {
        let mut random = Random::new(1);
        let (engine, foreign) = (Multiplier::new(own), Multiplier::new(other));
        let a = random.series(own, (0, 1), 9, Kind::Positive, 40);
        let b = random.series(other, (0, 1), 9, Kind::Positive, 40);
        let none = Fixed::zero(other, 0, 1);
        refused("a sum", || a.add(&b));
        refused("a sum with zero", || a.add(&none));
        refused("a product", || engine.product(&a, &b));
        refused("a product the other way", || engine.product(&b, &a));
        refused("a product of operands", || {
            engine.product_of(&a, &mut Operand::whole(&a), &b, Some(&mut Operand::whole(&b)))
        });
        refused("a square", || foreign.square(&a));
        refused("a product with nothing", || engine.product(&a, &none));
        let half = Ball::from_integer(1, 64).shl(-1);
        refused("a shift", || taylor_shift(&engine, &b, &half, &half));
        refused("a shift about zero", || taylor_shift(&engine, &b, &Ball::zero(64), &half));
        let t = Fixed::from_balls(own, 0, 1, &[Ball::zero(64), Ball::from_integer(1, 64)]);
        refused("a composition", || {
            compose(&engine, std::slice::from_ref(&b), &a.clone().without_constant()).remove(0)
        });
        refused("a composition with t", || compose(&engine, std::slice::from_ref(&b), &t).remove(0));
        refused("a composition into", || {
            compose(&engine, std::slice::from_ref(&a), &b.clone().without_constant()).remove(0)
        });
        refused("a root", || reciprocal_square_root(&engine, &b));
        refused("an exponential", || exponential(&engine, &b));
    }
}

#[test]
fn sums_of_two_degrees_are_lost() {
    let long = Format { frac: 60, width: 2, degree: 8 };
    let mut random = Random::new(1);
    let a = random.series(long, (0, 1), 9, Kind::Positive, 40);
    let b = random.series(long.of_degree(7), (0, 1), 8, Kind::Positive, 40);
    refused("a sum", || a.add(&b));
    refused("a sum the other way", || b.add(&a));
}
