//! JSON for scripts, laid out so that people and `diff` can follow: a field a line, an entry of a
//! list a line.

use serde_json::{Map, Value};

pub fn render(object: &Map<String, Value>) -> String {
    let mut out = String::from("{");
    for (i, (key, value)) in object.iter().enumerate() {
        out.push_str(if i == 0 { "\n  " } else { ",\n  " });
        out.push_str(&format!("{}: ", Value::from(key.as_str())));
        match value {
            Value::Array(items) if !items.is_empty() => {
                for (j, item) in items.iter().enumerate() {
                    out.push_str(if j == 0 { "[\n    " } else { ",\n    " });
                    out.push_str(&item.to_string());
                }
                out.push_str("\n  ]");
            }
            other => out.push_str(&other.to_string()),
        }
    }
    out.push_str("\n}\n");
    out
}
