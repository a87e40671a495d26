//! Decay.
