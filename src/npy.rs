//! Arrays of numpy.

use crate::Error;

/// Longest header of an array, in bytes.
const MAX_HEADER: usize = 1 << 16;
/// Most entries.
const MAX_ENTRIES: usize = 1 << 28;

/// An array of numpy, of 8- or 4-byte little-endian floats in C order.
///
/// # Examples
/// ```
/// use ntk_series::finite::NpyArray;
/// let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n";
/// let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
/// bytes.extend((header.len() as u16).to_le_bytes());
/// bytes.extend(header.as_bytes());
/// bytes.extend([0.5f64, -2.0].iter().flat_map(|x| x.to_le_bytes()));
/// let array = NpyArray::read(&bytes)?;
/// assert_eq!((array.shape, array.values), (vec![2], vec![0.5, -2.0]));
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// The lengths of its axes.
    pub shape: Vec<usize>,
    /// Its entries, the last axis running fastest.
    pub values: Vec<f64>,
}

impl NpyArray {
    /// Reads the bytes of a `.npy` file, format versions 1 to 3.
    ///
    /// # Errors
    /// [`Error::Parameter`] for anything but an array of finite `<f8` or `<f4` in C order with at most 2^28 entries, and for a
    /// file whose length does not fit its shape.
    pub fn read(bytes: &[u8]) -> Result<NpyArray, Error> {
        let bad = |what: &str| {
            let accepted = "an array of little-endian float64 or float32 in C order is accepted";
            Error::parameter("npy file", what, accepted)
        };
        let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(|| bad("no numpy header"))?;
        let (length, rest) = match rest {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
            _ => return Err(bad("an unknown format version")),
        };
        if length > MAX_HEADER || length > rest.len() {
            return Err(bad("a header that is cut off or too long"));
        }
        let (header, data) = rest.split_at(length);
        let header: String = header.iter().map(|b| char::from(*b)).filter(|c| !c.is_whitespace()).collect();
        let field = |name: &str| header.split_once(&format!("'{name}':")).map(|(_, rest)| rest);
        let kind = field("descr").and_then(|r| r.strip_prefix('\'')).and_then(|r| r.split('\'').next());
        let size = match kind {
            Some("<f8") => 8,
            Some("<f4") => 4,
            other => return Err(bad(&format!("entries of type {}", other.unwrap_or("unknown")))),
        };
        if !field("fortran_order").is_some_and(|r| r.starts_with("False")) {
            return Err(bad("Fortran order"));
        }
        let inside = field("shape").and_then(|r| r.strip_prefix('(')).and_then(|r| r.split(')').next());
        let axes = inside.ok_or_else(|| bad("no shape"))?.split(',').filter(|a| !a.is_empty());
        let shape = axes.map(|a| a.parse::<usize>().map_err(|_| bad("a shape that cannot be read")));
        let shape = shape.collect::<Result<Vec<usize>, Error>>()?;
        let count =
            shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis)).filter(|n| *n <= MAX_ENTRIES);
        let count = count.ok_or_else(|| bad("more than 2^28 entries"))?;
        if data.len() != count * size {
            return Err(bad("a length that does not fit its shape"));
        }
        let values: Vec<f64> = data
            .chunks_exact(size)
            .map(|chunk| match chunk {
                [a, b, c, d] => f64::from(f32::from_le_bytes([*a, *b, *c, *d])),
                _ => chunk.try_into().map_or(f64::NAN, f64::from_le_bytes),
            })
            .collect();
        match values.iter().all(|x| x.is_finite()) {
            true => Ok(NpyArray { shape, values }),
            false => Err(bad("an entry that is not finite")),
        }
    }

    /// The bytes of a `.npy` file, format version 1, of `<f8` in C order. The product of the shape is the number of
    /// values.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::NpyArray;
    /// let array = NpyArray { shape: vec![2, 1], values: vec![0.5, -2.0] };
    /// assert_eq!(NpyArray::read(&array.to_bytes())?, array);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let axes: String = self.shape.iter().map(|n| format!("{n}, ")).collect();
        let mut header =
            format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}", axes.trim_end());
        // The data begin at a multiple of 64 bytes, after ten bytes and the header.
        let length = (header.len() + 1 + 10).next_multiple_of(64) - 10;
        header.push_str(&" ".repeat(length - header.len() - 1));
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((length as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(self.values.iter().flat_map(|x| x.to_le_bytes()));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let length = header.len() as u16;
        [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    #[test]
    fn arrays() {
        let four: Vec<u8> = [1.5f32, -0.1, 0.0, 7.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }     \n";
        let array = NpyArray::read(&npy(header, &four)).unwrap();
        assert_eq!((array.shape, array.values[1]), (vec![2, 2], f64::from(-0.1f32)));
        let nan = f32::NAN.to_le_bytes().repeat(4);
        for bad in [
            npy(header, &four[1..]),
            npy(header, &nan),
            npy(&header.replace("False", "True"), &four),
            npy(&header.replace("<f4", ">f4"), &four),
            npy(&header.replace("(2, 2)", "(9999999999, 9999999999999)"), &four),
            npy(&header.replace("(2, 2)", "(-2, 2)"), &four),
            npy("", &[]),
            b"\x93NUMPY\x01\x00\xff".to_vec(),
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(),
            vec![],
        ] {
            let error = NpyArray::read(&bad).unwrap_err().to_string();
            assert!(error.contains("accepted") && !error.contains('\n'), "{error}");
        }
    }
}
