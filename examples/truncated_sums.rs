//! How far off the coefficients are when the inner sums are cut at the table's own degree.
//!
//! From the second hidden layer on, every coefficient of the NTK is an infinite sum over the degree `k` of the
//! activation's series, because the kernel of the layer below does not vanish at ρ = 0. A table up to degree T made
//! with `k <= T`, as published scripts do, is wrong in every entry. This computes those cut sums in balls, so that
//! nothing but the cut separates them from the truth, and prints the share of the truth that is missing.
//!
//! ```text
//! cargo run --example truncated_sums
//! ```

#[path = "shared/relu.rs"]
mod relu;

use ntk_series::Error;
use relu::{complete, cut_sums};

fn main() -> Result<(), Error> {
    println!("ReLU, σ_w² = 2, no biases: how much of κ_p is missing if the inner sums stop at k = T\n");
    for hidden_layers in [2, 3, 5] {
        println!("{hidden_layers} hidden layers");
        println!("{:>5} {:>5}   {:<24}{:<24}missing", "T", "p", "κ_p", "cut at k = T");
        for top in [5usize, 50] {
            let truth = complete(hidden_layers, top)?;
            let truth = truth.coefficients();
            let cut = cut_sums(hidden_layers, top)?;
            let shown = if top == 5 { vec![0, 1, 4, 5] } else { vec![0, 1, 10, 40, 49, 50] };
            for p in shown {
                let missing = (&truth[p] - &cut[p]) / &truth[p];
                let percent = missing.mul_integer(100);
                let [truth, cut, percent] = [(&truth[p], 15), (&cut[p], 15), (&percent, 3)]
                    .map(|(x, digits)| x.to_decimal(digits).map_or("unknown".to_string(), |d| d.value));
                println!("{top:>5} {p:>5}   {truth:<24}{cut:<24}{percent} %");
            }
        }
        println!();
    }
    Ok(())
}
