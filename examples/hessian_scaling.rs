//! When is the tangent kernel of a wide network constant? The story of Liu, Zhu and Belkin (arXiv 2010.01092) in one
//! page.
//!
//! ```text
//! cargo run --release --example hessian_scaling -- FOLDER
//! ```
//!
//! The folder is where the picture goes: the Hessian's norm of every network against the width, with the fitted powers.

#[path = "shared/picture.rs"]
#[allow(dead_code)]
mod picture;

use ntk_plot::{Axis, Figure, Line, Mark, Point, Scale, Series, sup};

use ntk_series::finite::{FiniteNetwork, Linearity, LinearityReport, Shape, Step};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation};

/// Norms by width, and the fitted powers.
fn norms(plan: &Linearity, report: &LinearityReport) -> Figure {
    let mut figure = Figure {
        title: "Spectral norm of the Hessian, three hidden layers of tanh".into(),
        x: Axis::new("width m", Scale::Log).whole(),
        y: Axis::new("‖H‖", Scale::Log),
        notes: vec![format!(
            "{} random networks at each width; lines: least squares, exponents with 95 % intervals. Every norm is proved from below.",
            plan.seeds
        )],
        width: 860,
        ..Figure::default()
    };
    for (place, fit) in report.fits.iter().enumerate() {
        let of = report.runs.iter().filter(|r| r.shape == fit.shape);
        let points = of.map(|r| Point::new(r.width as f64, r.norm.value)).collect();
        let law = &fit.law;
        let power = sup(format!("{:.2} ± {:.2}", law.exponent, law.high - law.exponent).replace('-', "−"));
        let label = format!("{}: m{power}", fit.shape.name());
        let line =
            plan.widths.iter().map(|m| Point::new(*m as f64, law.factor * (*m as f64).powf(law.exponent)));
        figure.series.push(Series::new(label, points).style(Mark::Shown, Line::None).colour(place));
        figure.series.push(Series::new("", line.collect()).style(Mark::None, Line::Solid).colour(place));
    }
    figure
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut plan = Linearity::new(&Activation::parse("tanh")?);
    plan.widths = vec![32, 64, 128, 256, 512];
    plan.seeds = 8;
    let report = plan.run(|_, _| ())?;

    println!("Spectral norm of the Hessian, three hidden layers of tanh, geometric mean of 8 networks:\n");
    print!("{:>18}", "width");
    plan.widths.iter().for_each(|width| print!("{width:>9}"));
    println!("{:>12}", "exponent");
    for shape in Shape::ALL {
        print!("{:>18}", shape.name());
        for width in &plan.widths {
            let runs = report.runs.iter().filter(|r| r.shape == shape && r.width == *width);
            let mean = runs.map(|r| r.norm.value.ln()).sum::<f64>() / plan.seeds as f64;
            print!("{:>9.4}", mean.exp());
        }
        match report.fits.iter().find(|fit| fit.shape == shape) {
            Some(fit) => println!("{:>12.3} [{:.3}, {:.3}]", fit.law.exponent, fit.law.low, fit.law.high),
            None => println!(),
        }
    }

    println!("\nTangent kernel |grad f|^2 of the same networks: of order one at every width.\n");
    for shape in Shape::ALL {
        print!("{:>18}", shape.name());
        for width in &plan.widths {
            let runs = report.runs.iter().filter(|r| r.shape == shape && r.width == *width);
            print!("{:>9.4}", runs.map(|r| r.kernel.value).sum::<f64>() / plan.seeds as f64);
        }
        println!();
    }
    if let Some(found) = &report.convergence {
        println!("\nAt infinite width it is {:.10} (linear output);", found.limit);
        let law = &found.law;
        println!("root mean square deviation: width^{:.3} [{:.3}, {:.3}].", law.exponent, law.low, law.high);
    }
    println!("\nIts change along a random step of length 1, linear output, enclosed:\n");
    let x = vec![parse_rational("1")?; plan.inputs];
    for width in [16, 64, 256] {
        let made = plan.architecture(Shape::LinearOutput, width)?;
        let network = FiniteNetwork::from_seed(&made, 1)?;
        let step = Step::from_seed(&network, 2, &parse_rational("1")?)?;
        let change = network.tangent_kernel_change(&step, &x, &x, Accuracy::relative(15)?)?;
        println!("{width:>18}  {change:.8}");
    }
    println!(
        "\nOn a ball of radius R around the weights the kernel moves by at most 2 sup|grad f| sup|H| R."
    );
    println!(
        "With a linear output that goes to zero like the root of the width: the kernel is nearly constant."
    );
    println!("With a non-linear output, or past a hidden layer of width 1, it does not.");
    println!();
    picture::write(&[("hessian_scaling", norms(&plan, &report))])
}
