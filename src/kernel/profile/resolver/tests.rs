use super::*;

/// The ball about a variance holds it and is used again only where no coefficient is known to vanish by accident.
#[test]
fn settled_variances_hold_what_they_stand_for() {
    let q = |n: i64, radius: i64| {
        (Ball::from_integer(1, 60) + Ball::from_integer(n, 60).shl(-50)).widened(Mag::pow2(radius))
    };
    let wide = settled(&q(3, -48), &q(1, -48)).unwrap();
    assert!(wide.contains(&q(3, -48)) && wide.contains(&q(5, -48)));
    // Not yet: they differ by more than they are uncertain.
    assert!(settled(&q(400, -48), &q(1, -48)).is_none());
    let layer = |name: &str, variance: Ball| {
        let layer = crate::kernel::Layer::new(Activation::parse(name).unwrap());
        let one = BigRational::one();
        resolve(&layer, 1, &variance, Some(&one), Kernel::Nngp, 100, &mut MomentSlope::default()).unwrap().0
    };
    let around = Ball::from_integer(1, 100).widened(Mag::pow2(-40));
    let inner = Ball::from_integer(1, 100).widened(Mag::pow2(-50));
    assert!(holds_at(&layer("tanh", around.clone()), &inner));
    assert!(!holds_at(&layer("tanh", inner.clone()), &around));
    // A kink at one has no μ_4 at variance one, and has one next to it.
    let special = layer("piecewise([1];[0],[-1,1])", around.clone());
    assert!(holds_at(&special, &around) && !holds_at(&special, &inner));
}
