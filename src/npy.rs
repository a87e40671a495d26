//! Arrays of numpy.

use crate::Error;

/// Longest header of an array, in bytes.
const MAX_HEADER: usize = 1 << 16;
/// Most entries.
const MAX_ENTRIES: usize = 1 << 28;

/// An array of numpy, its entries as doubles, exactly.
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
    /// [`Error::Parameter`] for anything but an array of at most 2^28 finite floats of 8 or 4 bytes, integers that are
    /// doubles, or booleans, and for a file whose length does not fit its shape.
    pub fn read(bytes: &[u8]) -> Result<NpyArray, Error> {
        let bad = |what: &str| {
            let accepted = "an array of real numbers (float64, float32, integers, bool) is accepted";
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
        let descr = field("descr").and_then(|r| r.strip_prefix('\'')).and_then(|r| r.split('\'').next());
        let kind = descr.and_then(Kind::of);
        let kind = kind.ok_or_else(|| bad(&format!("entries of type {}", descr.unwrap_or("unknown"))))?;
        let fortran = match field("fortran_order") {
            Some(rest) if rest.starts_with("False") => false,
            Some(rest) if rest.starts_with("True") => true,
            _ => return Err(bad("no order of the axes")),
        };
        let inside = field("shape").and_then(|r| r.strip_prefix('(')).and_then(|r| r.split(')').next());
        let axes = inside.ok_or_else(|| bad("no shape"))?.split(',').filter(|a| !a.is_empty());
        let shape = axes.map(|a| a.parse::<usize>().map_err(|_| bad("a shape that cannot be read")));
        let shape = shape.collect::<Result<Vec<usize>, Error>>()?;
        let count =
            shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis)).filter(|n| *n <= MAX_ENTRIES);
        let count = count.ok_or_else(|| bad("more than 2^28 entries"))?;
        if data.len() != count * kind.size {
            return Err(bad("a length that does not fit its shape"));
        }
        let values: Option<Vec<f64>> = data.chunks_exact(kind.size).map(|entry| kind.double(entry)).collect();
        let values = values.ok_or_else(|| bad("an entry that is not finite or not a double"))?;
        let values = if fortran { transposed(&values, &shape) } else { values };
        Ok(NpyArray { shape, values })
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

/// How the entries are stored.
#[derive(Clone, Copy)]
struct Kind {
    /// `f` for floats, `i` and `u` for integers, `b` for booleans.
    letter: u8,
    /// Bytes of an entry.
    size: usize,
    big_endian: bool,
}

impl Kind {
    /// From numpy's words, like `<f8`.
    fn of(descr: &str) -> Option<Kind> {
        let (order, letter, size) = match descr.as_bytes() {
            [order @ (b'<' | b'>' | b'|' | b'='), letter, size] => {
                (*order, *letter, usize::from(size.wrapping_sub(b'0')))
            }
            _ => return None,
        };
        let known = match letter {
            b'f' => [4, 8].contains(&size),
            b'i' | b'u' => [1, 2, 4, 8].contains(&size),
            b'b' => size == 1,
            _ => false,
        };
        known.then_some(Kind { letter, size, big_endian: order == b'>' })
    }

    /// The double that an entry is, if it is one.
    fn double(self, entry: &[u8]) -> Option<f64> {
        let byte = |i: usize| entry[if self.big_endian { self.size - 1 - i } else { i }];
        let bits = (0..self.size).fold(0u64, |bits, i| bits | u64::from(byte(i)) << (8 * i));
        let value = match self.letter {
            b'f' if self.size == 8 => f64::from_bits(bits),
            b'f' => f64::from(f32::from_bits(bits as u32)),
            b'i' => {
                let unused = 64 - 8 * self.size;
                let integer = (bits << unused) as i64 >> unused;
                exact(i128::from(integer), integer as f64)?
            }
            _ => exact(i128::from(bits), bits as f64)?,
        };
        value.is_finite().then_some(value)
    }
}

/// The double, if it is the integer.
fn exact(integer: i128, double: f64) -> Option<f64> {
    (double as i128 == integer).then_some(double)
}

/// From the order in which the first axis runs fastest to that in which the last does.
fn transposed(values: &[f64], shape: &[usize]) -> Vec<f64> {
    let strides: Vec<usize> = shape
        .iter()
        .scan(1, |stride, axis| {
            let own = *stride;
            *stride *= axis;
            Some(own)
        })
        .collect();
    let place = |mut index: usize| {
        let axes = shape.iter().zip(&strides).rev();
        axes.fold(0, |place, (axis, stride)| {
            let own = index % axis;
            index /= axis;
            place + own * stride
        })
    };
    (0..values.len()).map(|index| values[place(index)]).collect()
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
            npy(&header.replace("False", "Maybe"), &four),
            npy(&header.replace("<f4", "<c8"), &four),
            npy(&header.replace("<f4", "<f2"), &four[..8]),
            npy(&header.replace("<f4", "<u8").replace("(2, 2)", "(1,)"), &[255; 8]),
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

    /// As numpy writes them: `np.array([[1, 2, 3], [4, 5, 6]], dtype)` in either order of bytes and of axes.
    #[test]
    fn kinds_and_orders() {
        let rows = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let header = |descr: &str, fortran: &str| {
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': (2, 3), }}\n")
        };
        let read =
            |descr: &str, fortran: &str, data: Vec<u8>| NpyArray::read(&npy(&header(descr, fortran), &data));
        let big: Vec<u8> = rows.iter().flat_map(|x: &f64| x.to_be_bytes()).collect();
        assert_eq!(read(">f8", "False", big).unwrap().values, rows);
        let short: Vec<u8> = rows.iter().flat_map(|x| (-*x as i16).to_le_bytes()).collect();
        assert_eq!(read("<i2", "False", short).unwrap().values, rows.map(|x| -x));
        assert_eq!(read("|u1", "False", vec![1, 2, 3, 4, 5, 255]).unwrap().values[5], 255.0);
        assert_eq!(
            read("|i1", "True", vec![1, 4, 2, 5, 3, 250]).unwrap().values,
            [1.0, 2.0, 3.0, 4.0, 5.0, -6.0]
        );
        assert_eq!(read("|b1", "False", vec![0, 1, 0, 1, 1, 1]).unwrap().values[..2], [0.0, 1.0]);
        let least: Vec<u8> = i64::MIN.to_le_bytes().repeat(6);
        assert_eq!(read("<i8", "False", least).unwrap().values[0], -(2f64.powi(63)));
    }
}
