//! How the smallest eigenvalue of a Gram matrix depends on the data: certified values and bounds of the shallow and
//! deep ReLU NTK, on random points, on the circle, and on points that come together.
//!
//! The theory is that of Karhadkar, Murray and Montúfar (2024): with separation δ, up to logarithms and constants,
//! `d^{-3} δ² <= λ_min <= δ` for shallow ReLU networks and `d^{-3} δ⁴ <= λ_min` for deep ones.
//! Here every number is proved, and no constant is hidden.

use ntk_series::finite::Generator;
use ntk_series::gram::{
    BoundMethod, EigenvalueBound, GramMatrix, Points, eigenvalue_bounds, smallest_eigenvalue,
};
use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
use ntk_series::{Accuracy, Activation, Ball, Error, Kernel, Network};

fn relu(depth: usize) -> Result<Network, Error> {
    let layer = Layer {
        activation: Activation::relu(),
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
    };
    Network::uniform(Input::default(), layer, depth)
}

/// Points of which the directions are uniform on the sphere.
fn random_rows(random: &mut Generator, count: usize, dimension: usize) -> Vec<Vec<f64>> {
    (0..count).map(|_| (0..dimension).map(|_| random.normal()).collect()).collect()
}

/// The points with these coordinates, to twelve decimals.
fn points(rows: &[Vec<f64>]) -> Result<Points, Error> {
    let line = |row: &Vec<f64>| row.iter().map(|x| format!("{x:.12}")).collect::<Vec<_>>().join(",");
    Points::from_csv(&rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

struct Study {
    delta: f64,
    smallest: f64,
    bounds: Vec<EigenvalueBound>,
}

impl Study {
    fn of(network: &Network, points: &Points) -> Result<Study, Error> {
        let gram = GramMatrix::on_sphere(network, Kernel::Ntk, points, Accuracy::relative(12)?)?;
        let separation = points.separation()?.expect("more than one point");
        let delta = separation.delta(Accuracy::relative(15)?)?;
        Ok(Study {
            delta: delta.midpoint().to_f64(),
            smallest: certified(&smallest_eigenvalue(&gram, Accuracy::relative(8)?)?),
            bounds: eigenvalue_bounds(&gram, gram.accuracy())?,
        })
    }

    fn bound(&self, method: BoundMethod) -> f64 {
        let found = self.bounds.iter().find(|b| b.method == method).expect("on the sphere all bounds apply");
        let value = &found.value;
        if method.is_upper() { value.upper().to_f64() } else { value.lower().to_f64().max(0.0) }
    }

    fn row(&self, name: &str) {
        let of = |m| self.bound(m);
        let (data, apriori) =
            (of(BoundMethod::HadamardGershgorin), of(BoundMethod::HadamardGershgorinApriori));
        let (harmonic, shape) = (of(BoundMethod::Harmonic), of(BoundMethod::HarmonicApriori));
        assert!(data <= self.smallest && apriori <= self.smallest && harmonic <= self.smallest);
        assert!(shape <= self.smallest && self.smallest <= of(BoundMethod::Pairwise));
        println!(
            "{name:<16}{:>9.4}{apriori:>12.2e}{shape:>12.2e}{data:>12.2e}{harmonic:>12.2e}{:>12.3e}{:>11.2e}",
            self.delta,
            self.smallest,
            of(BoundMethod::Pairwise),
        );
    }
}

/// The middle of an enclosure of which at least six digits are proved.
fn certified(value: &Ball) -> f64 {
    assert!(value.relative_accuracy_bits() > 20, "{value}");
    value.midpoint().to_f64()
}

fn heading(title: &str) {
    println!("\n{title}");
    println!(
        "{:<16}{:>9}{:>12}{:>12}{:>12}{:>12}{:>12}{:>11}",
        "", "δ", "HG (n,δ)", "harm(n,d,δ)", "HG (data)", "harm(data)", "λ_min", "pairwise"
    );
}

/// The slope of `log y` against `log x`, by least squares.
fn slope(of: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = of.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let (mx, my) = logs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (xy, xx) =
        logs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + (x - mx) * (y - my), b + (x - mx).powi(2)));
    xy / xx
}

fn main() -> Result<(), Error> {
    let mut random = Generator::new(20240530);

    heading("shallow ReLU NTK, random points");
    for (n, d) in [(20, 3), (50, 3), (50, 10), (100, 10)] {
        Study::of(&relu(1)?, &points(&random_rows(&mut random, n, d))?)?.row(&format!("n = {n}, d = {d}"));
    }

    for depth in [1, 2] {
        heading(&format!("{depth} hidden layer(s) of ReLU, 10 points of S² of which two come together"));
        let mut rows = random_rows(&mut random, 10, 3);
        let toward = random_rows(&mut random, 1, 3).remove(0);
        let mut by_delta = vec![];
        for exponent in [2, 4, 6, 8, 10] {
            let step = 0.5f64.powi(exponent);
            rows[1] = rows[0].iter().zip(&toward).map(|(x, t)| x + step * t).collect();
            let study = Study::of(&relu(depth)?, &points(&rows)?)?;
            study.row(&format!("step 2^-{exponent}"));
            by_delta.push((study.delta, study.smallest));
        }
        println!("λ_min ~ δ^{:.2} (the theory: between δ^{} and δ)", slope(&by_delta), 2 * depth);
    }

    heading("shallow ReLU NTK, n points of a half circle");
    let mut by_count = vec![];
    for n in [4u32, 8, 16, 32] {
        let angle = |i: u32| std::f64::consts::PI * f64::from(i) / f64::from(n);
        let rows: Vec<Vec<f64>> = (0..n).map(|i| vec![angle(i).cos(), angle(i).sin()]).collect();
        let study = Study::of(&relu(1)?, &points(&rows)?)?;
        study.row(&format!("n = {n}"));
        by_count.push((f64::from(n), study.smallest));
    }
    println!("λ_min ~ n^{:.2}, and δ = 2 sin(π/(2n)) ~ 1/n", slope(&by_count));

    for d in [3usize, 10] {
        heading(&format!("shallow ReLU NTK, n random points of S^{}", d - 1));
        let mut by_count = vec![];
        for n in [8usize, 16, 32, 64] {
            let study = Study::of(&relu(1)?, &points(&random_rows(&mut random, n, d))?)?;
            study.row(&format!("n = {n}"));
            by_count.push((n as f64, study.smallest));
        }
        let theory = -2.0 / (d as f64 - 1.0);
        println!("λ_min ~ n^{:.2}; the upper bound of the theory falls like n^{theory:.2}", slope(&by_count));
    }

    heading("shallow ReLU NTK, 20 random points of S^{d-1}");
    for d in [3usize, 10, 40] {
        Study::of(&relu(1)?, &points(&random_rows(&mut random, 20, d))?)?.row(&format!("d = {d}"));
    }
    Ok(())
}
