use super::*;

#[test]
fn first_values() {
    for s in [1.0, 0.5, 0.1, 3.0, 50.0] {
        let start = std::time::Instant::now();
        let s = Ball::exact(Float::with_val(200, s));
        let t = coefficients(&s, 500, 170).unwrap();
        let e = start.elapsed();
        let used = s.with_precision(206);
        let exact = Ball::exact(used.midpoint().clone());
        let kernel = Kernel { c: Ball::pi(210).shl(-1) / &exact, s: exact, working: 206, bits: 170 };
        for x in plan::segments(&kernel, 1000).unwrap() { println!("{x:?} {}", x.step.value()); }
        let worst: Vec<_> = t.iter().map(Ball::relative_accuracy_bits).enumerate().filter(|x| x.0 < 20 || x.0 % 20 == 0).collect();
        println!("{s} {e:?} {worst:?} {} {} {}",  t[0], t[1], t[499]);
    }
}
