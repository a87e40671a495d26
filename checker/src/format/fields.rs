//! The fields of a JSON object, each taken once, by name.

use num_traits::ToPrimitive;

use crate::Rejection;
use crate::integer::{BigInt, BigRational};
use crate::json::Json;
use crate::limits::Limits;
use crate::rational::{abridged, parse};

/// A value with the path to it.
pub(super) struct Field<'a> {
    pub(super) path: String,
    value: Json,
    pub(super) limits: &'a Limits,
}

/// An object whose keys are all expected, and all there.
pub(super) struct Object<'a> {
    path: String,
    entries: Vec<(String, Json)>,
    limits: &'a Limits,
}

impl<'a> Field<'a> {
    pub(super) fn new(path: &str, value: Json, limits: &'a Limits) -> Field<'a> {
        Field { path: path.to_string(), value, limits }
    }

    pub(super) fn wrong(&self, why: impl Into<String>) -> Rejection {
        Rejection::malformed(self.path.clone(), why)
    }

    pub(super) fn object(self, keys: &[&str]) -> Result<Object<'a>, Rejection> {
        self.object_with(keys, &[])
    }

    /// With keys that may be missing.
    pub(super) fn object_with(self, keys: &[&str], optional: &[&str]) -> Result<Object<'a>, Rejection> {
        let Json::Map(entries) = self.value else { return Err(self.wrong("an object is expected")) };
        let at =
            |key: &str| if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) };
        if let Some((key, _)) = entries.iter().find(|e| !keys.iter().chain(optional).any(|k| e.0 == **k)) {
            return Err(Rejection::malformed(at(&abridged(key)), "this key has no meaning here"));
        }
        if let Some(key) = keys.iter().find(|k| entries.iter().all(|e| e.0 != **k)) {
            return Err(Rejection::malformed(at(key), "this key is missing"));
        }
        Ok(Object { path: self.path, entries, limits: self.limits })
    }

    /// The text of one entry of an object, whatever its other keys are.
    pub(super) fn tag(&self, key: &str) -> Result<String, Rejection> {
        let Json::Map(entries) = &self.value else { return Err(self.wrong("an object is expected")) };
        match entries.iter().find(|e| e.0 == key) {
            Some((_, Json::Text(text))) => Ok(text.clone()),
            Some(_) => Err(Rejection::malformed(format!("{}.{key}", self.path), "a text is expected")),
            None => Err(Rejection::malformed(format!("{}.{key}", self.path), "this key is missing")),
        }
    }

    /// The items, one at a time: the paths of all of them together would take more memory than the file.
    pub(super) fn list(self, most: usize) -> Result<impl Iterator<Item = Field<'a>>, Rejection> {
        let Json::List(items) = self.value else { return Err(self.wrong("a list is expected")) };
        if items.len() > most {
            return Err(Rejection::malformed(self.path, format!("at most {most} items are accepted")));
        }
        let (path, limits) = (self.path, self.limits);
        let field = move |(i, value)| Field { path: format!("{path}[{i}]"), value, limits };
        Ok(items.into_iter().enumerate().map(field))
    }

    /// `None` for null.
    pub(super) fn present(self) -> Option<Field<'a>> {
        if self.value == Json::Null { None } else { Some(self) }
    }

    pub(super) fn text(self) -> Result<String, Rejection> {
        match self.value {
            Json::Text(text) => Ok(text),
            _ => Err(self.wrong("a text is expected")),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        self.value == Json::Bool(true)
    }

    /// Is it an object with this key?
    pub(super) fn has(&self, key: &str) -> bool {
        matches!(&self.value, Json::Map(entries) if entries.iter().any(|e| e.0 == key))
    }

    pub(super) fn is_text(&self, text: &str) -> bool {
        matches!(&self.value, Json::Text(t) if t == text)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(self, all: &[T], word: impl Fn(T) -> &'static str) -> Result<T, Rejection> {
        let list = all.iter().map(|&t| format!("`{}`", word(t))).collect::<Vec<_>>().join(", ");
        match &self.value {
            Json::Text(text) => all.iter().copied().find(|&t| word(t) == text),
            _ => None,
        }
        .ok_or_else(|| self.wrong(format!("one of {list} is expected")))
    }

    pub(super) fn rational(self) -> Result<BigRational, Rejection> {
        match &self.value {
            Json::Text(text) => parse(text, self.limits.digits).map_err(|why| self.wrong(why)),
            _ => Err(self.wrong("an exact number in quotes is expected, like \"1/2\"")),
        }
    }

    pub(super) fn rationals(self, most: usize) -> Result<Vec<BigRational>, Rejection> {
        self.list(most)?.map(Field::rational).collect()
    }

    pub(super) fn integer(self) -> Result<BigInt, Rejection> {
        let (path, value) = (self.path.clone(), self.rational()?);
        if value.is_integer() {
            return Ok(value.to_integer());
        }
        Err(Rejection::malformed(path, "a whole number is expected"))
    }

    /// A small whole number, in quotes or not.
    pub(super) fn small(self, least: i64, most: i64) -> Result<i64, Rejection> {
        let text = match &self.value {
            Json::Text(text) | Json::Number(text) => text.clone(),
            _ => String::new(),
        };
        let plain = text.strip_prefix('-').unwrap_or(&text).bytes().all(|b| b.is_ascii_digit());
        let value = text.parse::<BigInt>().ok().filter(|_| plain && text.len() < 20).and_then(|n| n.to_i64());
        value
            .filter(|n| (least..=most).contains(n))
            .ok_or_else(|| self.wrong(format!("a whole number from {least} to {most} is expected")))
    }
}

impl<'a> Object<'a> {
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.0 == key)
    }

    /// The value of a key; each is taken once.
    pub(super) fn take(&mut self, key: &str) -> Field<'a> {
        let path = if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) };
        let place = self.entries.iter().position(|e| e.0 == key);
        let value = place.map_or(Json::Null, |i| self.entries.swap_remove(i).1);
        Field { path, value, limits: self.limits }
    }
}
