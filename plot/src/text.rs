//! Sub- and superscripts, and how wide a text is.

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// The font of all text: DejaVu Sans, without most of its scripts.
pub const FONT: &[u8] = include_bytes!("../font/DejaVuSans-subset.ttf");
/// Verdana is of the same family of designs, and as wide.
pub const FAMILIES: &str = "DejaVu Sans, Verdana, sans-serif";

/// Size of a sub- or superscript, as a share of the text's.
const SMALL: f64 = 0.7;

// Marks inside a text, from the private use area, where a shift begins and where it ends.
const RAISED: char = '\u{E000}';
const LOWERED: char = '\u{E001}';
const LEVEL: char = '\u{E002}';

/// `text` as a superscript in a title, label or note.
pub fn sup(text: impl AsRef<str>) -> String {
    format!("{RAISED}{}{LEVEL}", text.as_ref())
}

/// `text` as a subscript.
pub fn sub(text: impl AsRef<str>) -> String {
    format!("{LOWERED}{}{LEVEL}", text.as_ref())
}

/// The characters of `text` that the font of the PNG has not.
///
/// # Examples
/// ```
/// assert_eq!(ntk_plot::unknown_characters("κ ≤ 漢"), "漢");
/// ```
pub fn unknown_characters(text: &str) -> String {
    let Ok(font) = FontRef::new(FONT) else { return String::new() };
    let charmap = font.charmap();
    let mut unknown: Vec<char> =
        text.chars().filter(|c| !is_shift(*c) && !c.is_control() && charmap.map(*c).is_none()).collect();
    unknown.dedup();
    unknown.into_iter().collect()
}

fn is_shift(c: char) -> bool {
    matches!(c, RAISED | LOWERED | LEVEL)
}

/// Measures text in the font.
pub struct Ruler {
    widths: Vec<f64>,
    other: f64,
}

impl Ruler {
    pub fn new() -> Ruler {
        let Ok(font) = FontRef::new(FONT) else { return Ruler { widths: vec![], other: 0.7 } };
        let (charmap, metrics) = (font.charmap(), font.glyph_metrics(Size::new(1.0), LocationRef::default()));
        let width = |code: u32| {
            let glyph = charmap.map(code)?;
            metrics.advance_width(glyph).map(f64::from)
        };
        Ruler { widths: (0..0x2B00).map(|code| width(code).unwrap_or(1.0)).collect(), other: 1.0 }
    }

    /// The width of `text` in a size.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        let mut scale = 1.0;
        let mut total = 0.0;
        for c in text.chars() {
            match c {
                RAISED | LOWERED => scale = SMALL,
                LEVEL => scale = 1.0,
                c => total += scale * self.widths.get(c as usize).copied().unwrap_or(self.other),
            }
        }
        total * size
    }

    /// `text` in lines that are no wider than `width`, broken between words, and inside those that are too long.
    pub fn wrap(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let last = lines.last_mut().expect("starts with one");
            let longer = if last.is_empty() { word.to_string() } else { format!("{last} {word}") };
            if self.width(&longer, size) <= width {
                *last = longer;
                continue;
            }
            if !last.is_empty() {
                lines.push(String::new());
            }
            for c in word.chars() {
                let last = lines.last_mut().expect("starts with one");
                last.push(c);
                if !is_shift(c) && last.chars().count() > 1 && self.width(last, size) > width {
                    last.pop();
                    lines.push(c.to_string());
                }
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// `text`, its end replaced by dots where it is wider than `width`.
    pub fn shortened(&self, text: &str, size: f64, width: f64) -> String {
        if self.width(text, size) <= width {
            return text.to_string();
        }
        let mut short: String = text.to_string();
        while !short.is_empty() && self.width(&short, size) + self.width("…", size) > width {
            short.pop();
        }
        short + "…"
    }
}

/// Characters that XML cannot hold become spaces.
pub fn printable(text: &str) -> String {
    let allowed = |c: char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

/// Puts the shifts of an SVG into its words; whatever their order, elements nest.
///
/// A shift moves the current text position, and the zero-width space after it carries the move back. (Browsers do not
/// agree on `baseline-shift`.)
pub fn shift_in_svg(svg: &str) -> String {
    const RISE: f64 = 0.38;
    const FALL: f64 = 0.2;
    let mut out = String::with_capacity(svg.len());
    let mut shift = None;
    let end = |out: &mut String, shift: &mut Option<f64>| {
        if let Some(by) = shift.take() {
            out.push_str(&format!("</tspan><tspan dy=\"{}em\">\u{200B}</tspan>", round(by)));
        }
    };
    for c in svg.chars() {
        match c {
            RAISED | LOWERED => {
                end(&mut out, &mut shift);
                let by = if c == RAISED { RISE } else { -FALL };
                shift = Some(by);
                // An em is that of the element itself.
                out.push_str(&format!("<tspan dy=\"{}em\" font-size=\"70%\">", round(-by / SMALL)));
            }
            LEVEL => end(&mut out, &mut shift),
            '\n' => {
                // The text ends here at the latest.
                end(&mut out, &mut shift);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn round(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        let ruler = Ruler::new();
        // The digits of DejaVu Sans are 1303/2048 em wide.
        assert!((ruler.width("10", 2048.0) - 2606.0).abs() < 0.1);
        assert!((ruler.width(&format!("1{}", sup("0")), 2048.0) - 1303.0 * 1.7).abs() < 0.1);
        assert_eq!(unknown_characters("κₚ ∝ 10⁻³ λ√≤"), "");
    }

    #[test]
    fn lines_keep_their_words_and_the_width() {
        let ruler = Ruler::new();
        let text = format!("one two three {} four", "x".repeat(40));
        let lines = ruler.wrap(&text, 10.0, 60.0);
        assert!(lines.iter().all(|line| ruler.width(line, 10.0) <= 60.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        let short = ruler.shortened(&text, 10.0, 60.0);
        assert!(short.ends_with('…') && ruler.width(&short, 10.0) <= 60.0);
    }

    #[test]
    fn shifts_nest_in_any_order() {
        for text in ["\u{E000}a", "a\u{E002}b", "\u{E001}\u{E000}a\u{E002}\u{E002}", "\u{E000}\u{E000}"] {
            let svg = shift_in_svg(&format!("<text>\n{text}\n</text>"));
            roxmltree::Document::parse(&svg).unwrap();
        }
    }
}
