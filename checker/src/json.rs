//! A strict reader of JSON: no duplicate keys, bounded nesting, whole numbers as their digits.

use crate::{Rejection, work};

/// What a value is charged, in limb operations.
const VALUE: u64 = 100;

/// A JSON value; a number is kept as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

/// Reads one value, with nothing after it.
pub(crate) fn read(text: &str, nesting: usize) -> Result<Json, Rejection> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0, nesting };
    let value = reader.value(0)?;
    reader.space();
    if reader.at < reader.bytes.len() {
        return Err(reader.wrong("nothing may follow the value"));
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    nesting: usize,
}

impl Reader<'_> {
    fn wrong(&self, why: &str) -> Rejection {
        Rejection::malformed(format!("byte {}", self.at), why)
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Rejection> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.wrong("a JSON value is expected"))
    }

    fn value(&mut self, depth: usize) -> Result<Json, Rejection> {
        if depth > self.nesting {
            return Err(self.wrong(&format!("at most {} levels of nesting are accepted", self.nesting)));
        }
        self.space();
        work::charge(VALUE);
        match self.bytes.get(self.at) {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.wrong("a JSON value is expected")),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Json, Rejection> {
        self.at += 1;
        let mut entries: Vec<(String, Json)> = vec![];
        if self.accept(b'}') {
            return Ok(Json::Map(entries));
        }
        loop {
            self.space();
            if self.bytes.get(self.at) != Some(&b'"') {
                return Err(self.wrong("a key in quotes is expected"));
            }
            let key = self.string()?;
            // No object of the format has more keys; this keeps the search below short.
            if entries.len() >= 64 {
                return Err(self.wrong("at most 64 keys are accepted in an object"));
            }
            if entries.iter().any(|e| e.0 == key) {
                return Err(
                    self.wrong(&format!("the key `{}` is given twice", crate::rational::abridged(&key)))
                );
            }
            if !self.accept(b':') {
                return Err(self.wrong("`:` is expected"));
            }
            entries.push((key, self.value(depth + 1)?));
            if self.accept(b'}') {
                return Ok(Json::Map(entries));
            }
            if !self.accept(b',') {
                return Err(self.wrong("`,` or `}` is expected"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, Rejection> {
        self.at += 1;
        let mut items = vec![];
        if self.accept(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.accept(b']') {
                return Ok(Json::List(items));
            }
            if !self.accept(b',') {
                return Err(self.wrong("`,` or `]` is expected"));
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json, Rejection> {
        let start = self.at;
        self.at += usize::from(self.bytes[self.at] == b'-');
        let leading_zero = self.bytes.get(self.at) == Some(&b'0');
        let count = self.digits();
        if count == 0 || (leading_zero && count > 1) {
            return Err(self.wrong("a number is expected"));
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.wrong("a digit is expected"));
            }
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(self.wrong("a digit is expected"));
            }
        }
        Ok(Json::Number(self.text[start..self.at].to_string()))
    }

    fn string(&mut self) -> Result<String, Rejection> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.bytes.get(self.at).is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..=31)) {
                self.at += 1;
            }
            // Both ends lie next to ASCII bytes or at the ends of the text, so on character boundaries.
            out += &self.text[start..self.at];
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.wrong("control characters are written as escapes")),
                None => return Err(self.wrong("the text ends within a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Rejection> {
        self.at += 2;
        Ok(match self.bytes.get(self.at - 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.hexadecimal()?;
                let code = if (0xd800..0xdc00).contains(&high) {
                    if !self.bytes[self.at..].starts_with(b"\\u") {
                        return Err(self.wrong("half of a surrogate pair"));
                    }
                    self.at += 2;
                    let low = self.hexadecimal()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.wrong("half of a surrogate pair"));
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| self.wrong("half of a surrogate pair"))?
            }
            _ => return Err(self.wrong("this escape has no meaning")),
        })
    }

    fn hexadecimal(&mut self) -> Result<u32, Rejection> {
        let digits = self.bytes.get(self.at..self.at + 4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return Err(self.wrong("four hexadecimal digits are expected")) };
        self.at += 4;
        Ok(digits.iter().fold(0, |n, &d| n * 16 + char::from(d).to_digit(16).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(a: &Json, b: &serde_json::Value) -> bool {
        match (a, b) {
            (Json::Null, serde_json::Value::Null) => true,
            (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Json::Number(a), serde_json::Value::Number(b)) => {
                a.to_lowercase().replace('+', "") == b.to_string().to_lowercase().replace('+', "")
            }
            (Json::Text(a), serde_json::Value::String(b)) => a == b,
            (Json::List(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Json::Map(a), serde_json::Value::Object(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == *b.0 && same(&a.1, b.1))
            }
            _ => false,
        }
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "01",
            "1.",
            "nul",
            "\"\\x\"",
            "\"\\ud800\"",
            "1 2",
            "{a:1}",
            "\"\n\"",
            "+1",
            "[[[[[[[[1]]]]]]]]",
            "\"\\u12",
            "-",
            "1e",
        ] {
            assert!(read(text, 6).is_err(), "{text}");
        }
        assert!(read(&"[".repeat(1_000_000), 16).is_err());
    }

    proptest! {
        #[test]
        fn agrees_with_another_reader(text in "[\\[\\]{}\":,a1.e\\-\\\\u0 ntrl]{0,24}") {
            if let Ok(value) = read(&text, 100) {
                let other: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert!(same(&value, &other), "{text}");
            }
        }

        #[test]
        fn strings_are_read_back(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read(&written, 4).unwrap(), Json::Text(text));
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&String::from_utf8_lossy(&bytes), 8);
        }
    }
}
