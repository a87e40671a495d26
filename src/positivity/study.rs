//! What is known of the activations of a network, each found once.

use super::characterization::{Characterization, Part};
use super::characterize::of_source;
use super::divided_difference::nonzero;
use super::hermite_support::HermiteSupport;
use super::source::Source;
use super::truth::Truth;
use crate::activation::Activation;

/// An activation and what is proved of it.
pub(super) struct Study {
    pub(super) activation: Activation,
    source: Source,
    /// Whole, even, odd.
    parts: [Option<Characterization>; 3],
    pub(super) continuous: Option<bool>,
    /// The degree, if it is positively homogeneous.
    pub(super) homogeneous: Option<u32>,
}

impl Study {
    fn new(activation: &Activation) -> Study {
        let source = Source::of(activation);
        Study {
            activation: activation.clone(),
            continuous: source.is_continuous(),
            homogeneous: source.homogeneous(),
            source,
            parts: [None, None, None],
        }
    }

    pub(super) fn part(&mut self, part: Part) -> &Characterization {
        let place = match part {
            Part::Whole => 0,
            Part::Even => 1,
            Part::Odd => 2,
        };
        let (activation, source) = (&self.activation, &mut self.source);
        self.parts[place].get_or_insert_with(|| of_source(activation, source, part))
    }

    pub(super) fn support(&mut self) -> HermiteSupport {
        let [whole, even, odd] = [Part::Whole, Part::Even, Part::Odd].map(|part| self.part(part).clone());
        HermiteSupport::new(&whole, &even, &odd)
    }

    /// Is it no polynomial of degree at most `degree`? Improves what is known of the whole, should that be too little.
    pub(super) fn exceeds_degree(&mut self, degree: usize) -> Truth {
        match self.part(Part::Whole) {
            Characterization::NonPolynomial { .. } => return Truth::True,
            Characterization::Polynomial { coefficients } => {
                return Truth::from(coefficients.len() > degree + 1);
            }
            Characterization::PolynomialOfDegree { degree: n, exact, .. } => {
                return if *n as usize <= degree {
                    Truth::False
                } else if *exact {
                    Truth::True
                } else {
                    Truth::Unknown
                };
            }
            Characterization::NotOfDegree { degree: n, .. } if *n as usize >= degree => return Truth::True,
            _ => (),
        }
        let (Some(difference), Ok(degree)) =
            (nonzero(&self.source, Part::Whole, degree + 1), u32::try_from(degree))
        else {
            return Truth::Unknown;
        };
        self.parts[0] = Some(Characterization::NotOfDegree { degree, difference });
        Truth::True
    }
}

/// The activations of a network, clones of one told once.
pub(super) struct Studies {
    all: Vec<Study>,
    /// The place of each layer's activation.
    of_layer: Vec<usize>,
}

impl Studies {
    pub(super) fn new<'a>(layers: impl Iterator<Item = &'a Activation>) -> Studies {
        let mut out = Studies { all: vec![], of_layer: vec![] };
        for activation in layers {
            let known = out.all.iter().position(|s| s.activation.is_same(activation));
            let place = known.unwrap_or_else(|| {
                out.all.push(Study::new(activation));
                out.all.len() - 1
            });
            out.of_layer.push(place);
        }
        out
    }

    pub(super) fn layer(&mut self, layer: usize) -> &mut Study {
        &mut self.all[self.of_layer[layer]]
    }

    /// With the first layer of each.
    pub(super) fn each(&mut self) -> impl Iterator<Item = (usize, &mut Study)> {
        let of_layer = &self.of_layer;
        let first = |place: usize| of_layer.iter().position(|p| *p == place).unwrap_or(0);
        self.all.iter_mut().enumerate().map(move |(place, study)| (first(place), study))
    }
}
