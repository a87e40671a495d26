//! Exact data points, and which of them are equal, antipodal or proportional.

mod layout;
mod read;

use std::collections::{HashMap, HashSet};

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::Error;

pub use layout::{Columns, Layout, Separator};

/// Most rows.
pub(crate) const MAX_ROWS: usize = 2_000_000;
/// Most columns.
pub(crate) const MAX_COLUMNS: usize = 100_000;
/// Most numbers in all.
pub(crate) const MAX_NUMBERS: usize = 10_000_000;
/// Longest numerator or denominator, in bits.
const MAX_BITS: u64 = 8192;
/// Most bits of all numerators and denominators together.
const MAX_TOTAL_BITS: u64 = 1 << 33;

/// Points of one dimension with exact rational coordinates.
///
/// # Examples
/// ```
/// use ntk_series::gram::Points;
/// let points = Points::from_csv("3/5, 0.8\n1, 0\n-0.6, -4/5\n1, 0")?;
/// assert_eq!((points.len(), points.dimension()), (4, 2));
/// assert_eq!(points.duplicates(), [[1, 3]]);
/// assert_eq!(points.antipodal_pairs(), [(vec![0], vec![2])]);
/// assert_eq!(points.on_sphere().unwrap().to_string(), "1");
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    rows: Vec<Vec<BigRational>>,
    squared_norms: Vec<BigRational>,
}

impl Points {
    /// Points from their coordinates.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no points, no coordinates, rows of different lengths, more than 2,000,000 rows, 100,000
    /// columns or 10,000,000 numbers, or a numerator or denominator of more than 8192 bits.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{gram::Points, number::parse_rational};
    /// let row = |a: &str, b: &str| Ok::<_, ntk_series::Error>(vec![parse_rational(a)?, parse_rational(b)?]);
    /// let points = Points::new(vec![row("1", "2")?, row("1/2", "0")?])?;
    /// assert_eq!(points.squared_norms()[0].to_string(), "5");
    /// assert!(Points::new(vec![row("1", "2")?, vec![]]).is_err());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn new(rows: Vec<Vec<BigRational>>) -> Result<Points, Error> {
        let Some(dimension) = rows.first().map(Vec::len) else {
            return Err(Error::parameter("points", "none", "at least one point is accepted"));
        };
        if dimension == 0 {
            return Err(Error::parameter("dimension", 0, "at least one coordinate is accepted"));
        }
        check_size(rows.len(), dimension)?;
        let mut total = 0u64;
        for (i, row) in rows.iter().enumerate() {
            if row.len() != dimension {
                let accepted = format!("{dimension} are accepted, as in point 1");
                let name = format!("number of coordinates of point {}", i + 1);
                return Err(Error::parameter(&name, row.len(), &accepted));
            }
            for x in row {
                let bits = x.numer().bits().max(x.denom().bits());
                total += x.numer().bits() + x.denom().bits();
                if bits > MAX_BITS || total > MAX_TOTAL_BITS {
                    let name = format!("coordinate of point {}", i + 1);
                    return Err(Error::parameter(
                        &name,
                        x,
                        "numbers of up to 8192 bits are accepted, of 2^33 in all",
                    ));
                }
            }
        }
        let squared_norms = rows.iter().map(|row| squared_norm(row)).collect();
        Ok(Points { rows, squared_norms })
    }

    /// The number of points.
    // Never empty, by construction.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of coordinates.
    pub fn dimension(&self) -> usize {
        self.rows[0].len()
    }

    /// The coordinates, point by point.
    pub fn rows(&self) -> &[Vec<BigRational>] {
        &self.rows
    }

    /// `x·x` of each point.
    pub fn squared_norms(&self) -> &[BigRational] {
        &self.squared_norms
    }

    /// The squared radius of the sphere about the origin that all points lie on; `None` if there is none (or it is 0).
    pub fn on_sphere(&self) -> Option<BigRational> {
        let first = &self.squared_norms[0];
        (first.is_positive() && self.squared_norms.iter().all(|s| s == first)).then(|| first.clone())
    }

    /// The primitive integer vectors along the points: equal where the points are the same up to a positive factor.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a point at the origin, which has no direction.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::Points;
    /// let directions = Points::from_csv("1/2, 1\n-2, 0\n3, 6")?.directions()?;
    /// assert_eq!(directions, Points::from_csv("1, 2\n-1, 0\n1, 2")?);
    /// assert!(Points::from_csv("1, 2\n0, 0")?.directions().is_err());
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn directions(&self) -> Result<Points, Error> {
        self.check_no_origin()?;
        let rows: Vec<Vec<BigRational>> = self
            .rows
            .iter()
            .map(|row| {
                let (numerators, _) = over_common_denominator(row);
                let divisor = numerators.iter().fold(BigInt::zero(), |gcd, n| gcd.gcd(n));
                numerators.iter().map(|n| BigRational::from_integer(n / &divisor)).collect()
            })
            .collect();
        let squared_norms = rows.iter().map(|row| squared_norm(row)).collect();
        Ok(Points { rows, squared_norms })
    }

    pub(super) fn check_no_origin(&self) -> Result<(), Error> {
        match self.squared_norms.iter().position(Zero::is_zero) {
            None => Ok(()),
            Some(i) => {
                let accepted = "the origin has no direction: points other than it are accepted";
                Err(Error::parameter(&format!("point {}", i + 1), "0", accepted))
            }
        }
    }

    /// Classes of two or more equal points, by index, ascending.
    pub fn duplicates(&self) -> Vec<Vec<usize>> {
        let mut classes: HashMap<Vec<SignedKey>, Vec<usize>> = HashMap::with_capacity(self.len());
        for (i, row) in self.rows.iter().enumerate() {
            classes.entry(key(row, false)).or_default().push(i);
        }
        several(classes.into_values())
    }

    /// The points without those that equal an earlier one, in their order.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::gram::Points;
    /// let points = Points::from_csv("1,0\n0,1\n1,0\n")?.without_duplicates();
    /// assert_eq!(points.len(), 2);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn without_duplicates(&self) -> Points {
        let later = self.duplicates().into_iter().flat_map(|class| class.into_iter().skip(1));
        let repeated: HashSet<usize> = later.collect();
        let kept = || (0..self.len()).filter(|i| !repeated.contains(i));
        Points {
            rows: kept().map(|i| self.rows[i].clone()).collect(),
            squared_norms: kept().map(|i| self.squared_norms[i].clone()).collect(),
        }
    }

    /// Classes of two or more points on one line through the origin, equal and antipodal ones among them; the origin
    /// itself belongs to none.
    pub fn proportional_pairs(&self) -> Vec<Vec<usize>> {
        let mut classes: HashMap<Vec<BigInt>, Vec<usize>> = HashMap::with_capacity(self.len());
        for (i, row) in self.rows.iter().enumerate().filter(|(_, row)| !is_origin(row)) {
            classes.entry(direction(row)).or_default().push(i);
        }
        several(classes.into_values())
    }

    /// For each pair `x`, `-x` of points other than the origin: the indices of `x` and those of `-x`.
    pub fn antipodal_pairs(&self) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut classes: HashMap<Vec<SignedKey>, [Vec<usize>; 2]> = HashMap::with_capacity(self.len());
        for (i, row) in self.rows.iter().enumerate() {
            let Some(first) = row.iter().find(|x| !x.is_zero()) else { continue };
            let negative = first.is_negative();
            classes.entry(key(row, negative)).or_default()[usize::from(negative)].push(i);
        }
        let pairs = classes.into_values().filter(|[a, b]| !a.is_empty() && !b.is_empty());
        let mut out: Vec<_> = pairs.map(|[a, b]| if a[0] < b[0] { (a, b) } else { (b, a) }).collect();
        out.sort();
        out
    }
}

/// Sign, numerator and denominator: rationals are in lowest terms.
type SignedKey<'a> = (Sign, &'a BigUint, &'a BigInt);

/// The row, or its negative, for hashing without arithmetic.
fn key(row: &[BigRational], negated: bool) -> Vec<SignedKey<'_>> {
    let part = |x: &'_ BigRational| if negated { -x.numer().sign() } else { x.numer().sign() };
    row.iter().map(|x| (part(x), x.numer().magnitude(), x.denom())).collect()
}

fn check_size(rows: usize, columns: usize) -> Result<(), Error> {
    if rows > MAX_ROWS {
        return Err(Error::parameter("number of points", rows, "at most 2000000 are accepted"));
    }
    if columns > MAX_COLUMNS {
        return Err(Error::parameter("dimension", columns, "at most 100000 is accepted"));
    }
    if rows * columns > MAX_NUMBERS {
        return Err(Error::parameter(
            "number of coordinates",
            rows * columns,
            "at most 10000000 in all are accepted",
        ));
    }
    Ok(())
}

fn several(classes: impl Iterator<Item = Vec<usize>>) -> Vec<Vec<usize>> {
    let mut out: Vec<_> = classes.filter(|class| class.len() > 1).collect();
    out.sort();
    out
}

/// Is every coordinate zero?
pub(crate) fn is_origin(row: &[BigRational]) -> bool {
    row.iter().all(Zero::is_zero)
}

/// The numerators over a common denominator, and that.
pub(super) fn over_common_denominator(row: &[BigRational]) -> (Vec<BigInt>, BigInt) {
    let common =
        row.iter().fold(BigInt::one(), |lcm, x| if x.is_integer() { lcm } else { lcm.lcm(x.denom()) });
    let numerator = |x: &BigRational| x.numer() * (&common / x.denom());
    (row.iter().map(numerator).collect(), common)
}

fn squared_norm(row: &[BigRational]) -> BigRational {
    let (numerators, common) = over_common_denominator(row);
    let sum: BigInt = numerators.iter().map(|n| n * n).sum();
    BigRational::new(sum, &common * &common)
}

/// The primitive integer vector along a point other than the origin, its first non-zero entry positive.
fn direction(row: &[BigRational]) -> Vec<BigInt> {
    let (numerators, _) = over_common_denominator(row);
    let divisor = numerators.iter().fold(BigInt::zero(), |gcd, n| gcd.gcd(n));
    let negative = numerators.iter().find(|n| !n.is_zero()).is_some_and(|n| n.is_negative());
    let divisor = if negative { -divisor } else { divisor };
    numerators.iter().map(|n| n / &divisor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(rows: &[Vec<(i64, i64)>]) -> Points {
        let number = |&(a, b): &(i64, i64)| BigRational::new(a.into(), b.into());
        Points::new(rows.iter().map(|row| row.iter().map(number).collect()).collect()).unwrap()
    }

    fn small_rows() -> impl Strategy<Value = Vec<Vec<(i64, i64)>>> {
        prop::collection::vec(prop::collection::vec((-2i64..3, 1i64..3), 2), 1..20)
    }

    proptest! {
        #[test]
        fn classes_are_those_of_all_pairs(rows in small_rows()) {
            let p = points(&rows);
            let (r, n) = (p.rows(), p.len());
            let share = |classes: &[Vec<usize>], i: usize, j: usize| {
                classes.iter().any(|c| c.contains(&i) && c.contains(&j))
            };
            let (equal, lines, opposite) = (p.duplicates(), p.proportional_pairs(), p.antipodal_pairs());
            for i in 0..n {
                for j in (0..n).filter(|&j| j != i) {
                    let zero = is_origin(&r[i]) || is_origin(&r[j]);
                    let cross = &r[i][0] * &r[j][1] - &r[i][1] * &r[j][0];
                    prop_assert_eq!(share(&equal, i, j), r[i] == r[j]);
                    prop_assert_eq!(share(&lines, i, j), !zero && cross.is_zero());
                    let negated: Vec<_> = r[j].iter().map(|x| -x).collect();
                    let listed = opposite.iter().any(|(a, b)| {
                        a.contains(&i) && b.contains(&j) || a.contains(&j) && b.contains(&i)
                    });
                    prop_assert_eq!(listed, !zero && r[i] == negated);
                }
                let sum = &r[i][0] * &r[i][0] + &r[i][1] * &r[i][1];
                prop_assert_eq!(&p.squared_norms()[i], &sum);
            }
        }
    }

    #[test]
    fn spheres() {
        assert_eq!(
            points(&[vec![(3, 1), (4, 1)], vec![(0, 1), (-5, 1)]]).on_sphere().unwrap().to_string(),
            "25"
        );
        assert!(points(&[vec![(1, 1)], vec![(2, 1)]]).on_sphere().is_none());
        assert!(points(&[vec![(0, 1)], vec![(0, 1)]]).on_sphere().is_none());
    }

    #[test]
    fn limits() {
        let one = BigRational::one();
        assert!(Points::new(vec![]).is_err() && Points::new(vec![vec![]]).is_err());
        assert!(Points::new(vec![vec![one.clone(); MAX_COLUMNS + 1]]).is_err());
        let huge = BigRational::from_integer(BigInt::one() << 9000);
        let message = Points::new(vec![vec![huge]]).unwrap_err().to_string();
        assert!(message.len() < 300 && !message.contains('\n'), "{message}");
    }
}
