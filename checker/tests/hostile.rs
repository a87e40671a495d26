//! Files that are made to take long or much: each ends within a small budget, the same way every time.

use ntk_checker::{Limits, Rejection, check_with_limits};

/// A certificate with these fields, the rest harmless.
struct File {
    activation: String,
    layers: usize,
    sigma_w2: String,
    kernel: &'static str,
    theorem: &'static str,
    claims: String,
    points: String,
    bound: String,
}

impl Default for File {
    fn default() -> File {
        File {
            activation: "relu".into(),
            layers: 1,
            sigma_w2: "1".into(),
            kernel: "ntk",
            theorem: "\"gram-matrix\"",
            claims: "[]".into(),
            points: "[[\"1\", \"0\"], [\"0\", \"1\"]]".into(),
            bound: bound("1e30", 40, &[vec!["1".into()], vec!["0".into(), "1".into()]]),
        }
    }
}

fn bound(lower: &str, exponent: u32, rows: &[Vec<String>]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| list(row.iter().map(String::as_str))).collect();
    format!(
        "{{\"lower_bound\": \"{lower}\", \"factor\": {{\"exponent\": {exponent}, \"rows\": [{}]}}}}",
        rows.join(", ")
    )
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", items.map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", "))
}

impl File {
    fn text(&self) -> String {
        let layer = format!(
            "{{\"activation\": \"{}\", \"sigma_w2\": \"{}\", \"sigma_b2\": \"0\"}}",
            self.activation, self.sigma_w2
        );
        let layers = vec![layer; self.layers].join(", ");
        format!(
            "{{\"schema\": \"ntk-series/certificate/1\", \"verdict\": \"strictly_positive_definite\", \"kernel\": \"{}\", \
             \"domain\": \"points\", \"network\": {{\"gamma_w2\": \"1\", \"gamma_b2\": \"0\", \"radius2\": \"1\", \"layers\": [{layers}]}}, \
             \"theorem\": {}, \"claims\": {}, \"points\": {}, \"null_vector\": null, \"lambda_min\": {}}}",
            self.kernel, self.theorem, self.claims, self.points, self.bound
        )
    }
}

/// A fortieth of what a file of a megabyte may use.
fn small() -> Limits {
    let usual = Limits::default();
    Limits { work: usual.work / 40, memory: usual.memory / 8, ..usual }
}

/// Ends within the budget; what is proved after all may be accepted.
fn ends(name: &str, text: &str) -> Option<Rejection> {
    assert!(text.len() < 1_000_000, "{name}: {} bytes", text.len());
    let rejection = check_with_limits(text, &small()).err()?;
    let words = rejection.to_string();
    assert!(words.len() < 1000 && !words.contains('\n'), "{name}: {words}");
    Some(rejection)
}

fn refused(name: &str, text: &str) -> Rejection {
    ends(name, text).unwrap_or_else(|| panic!("{name} is accepted"))
}

/// `n` numbers, one after the other.
fn many(n: usize, number: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..n).map(|i| format!("[\"{}\"]", number(i))).collect::<Vec<_>>().join(","))
}

fn claim(activation: &str, degree: usize, nodes: &[String]) -> String {
    let nodes = list(nodes.iter().map(String::as_str));
    format!(
        "[{{\"activation\": \"{activation}\", \"part\": \"whole\", \"is\": \"not-of-degree\", \"degree\": {degree}, \
         \"witness\": {{\"nodes\": {nodes}, \"bound\": \"1e-9999\"}}}}]"
    )
}

#[test]
fn formulas() {
    let sines = (1..300).map(|i| format!("sin({i}*x)")).collect::<Vec<_>>().join("+");
    let nested = |f: &str, n: usize| (0..n).fold("x".to_string(), |inner, _| format!("{f}({inner})"));
    for (name, activation) in [
        ("periodic with a huge argument", "x^2+1e-30*sin(1000000*x)".to_string()),
        ("tanh of many sines", format!("tanh({sines})")),
        ("compositions of periodic functions", format!("sin(1000*{})", nested("sin", 50))),
        ("sine of a large power", "sin(x^80)".into()),
        ("nested", nested("mish", 55)),
        ("repeated squaring", (0..50).fold("x".to_string(), |inner, _| format!("({inner})^2"))),
        ("a large power", "x^1000000".into()),
        ("a tower", "(((x+1)^1000)^1000)^1000".into()),
        ("large coefficients", format!("poly({})", vec!["9".repeat(1900); 60].join(","))),
        (
            "long sums",
            vec!["softplus(x*pi)*erf(x)"; 900]
                .iter()
                .enumerate()
                .map(|(i, f)| format!("{f}/{}", i + 3))
                .collect::<Vec<_>>()
                .join("+"),
        ),
        (
            "many conditions",
            (1..400).map(|i| format!("where(x^2>{i},sin(x),x)")).collect::<Vec<_>>().join("+"),
        ),
        ("fast waves", "sin(1e9*x)+cos(1e9*x)*x".into()),
        ("a product of waves", vec!["cos(x*1e4)"; 300].join("*")),
        ("deep", format!("{}x{}", "(".repeat(100_000), ")".repeat(100_000))),
        ("signs", format!("{}x", "-".repeat(100_000))),
        ("a long number", format!("x*{}", "7".repeat(900_000))),
        ("a huge exponent of ten", "x*1e999999999999".into()),
    ] {
        for (kernel, theorem, with_bound) in [
            ("ntk", "\"gram-matrix\"", true),
            ("nngp", "\"gram-matrix\"", true),
            ("ntk", "\"characterization-of-polynomials\"", false),
        ] {
            let mut file = File { activation: activation.clone(), kernel, theorem, ..File::default() };
            if !with_bound {
                file.bound = "null".into();
                file.claims = claim(&activation, 2, &["1", "2", "3", "5"].map(String::from));
            }
            if file.text().len() < 1_000_000 {
                ends(name, &file.text());
            }
        }
        let deep = File { activation, layers: 20, sigma_w2: "normalized".into(), ..File::default() };
        if deep.text().len() < 1_000_000 {
            refused(name, &deep.text());
        }
    }
}

#[test]
fn numbers() {
    let nodes = |digits: usize| (1..=6).map(|i| format!("{i}{}", "3".repeat(digits))).collect::<Vec<_>>();
    let far = |n: usize| (1..=n).map(|i| format!("{i}e-9000")).collect::<Vec<_>>();
    for (name, file) in [
        (
            "coordinates with huge exponents",
            File { points: many(2000, |_| "1e9999".into()), ..File::default() },
        ),
        ("tiny coordinates", File { points: many(2000, |i| format!("{i}e-9999")), ..File::default() }),
        (
            "long coordinates",
            File { points: many(50, |i| format!("{i}{}", "1".repeat(15_000))), ..File::default() },
        ),
        (
            "nodes of many digits",
            File {
                activation: "sin(x)".into(),
                claims: claim("sin(x)", 4, &nodes(18_000)),
                ..File::default()
            },
        ),
        (
            "many nodes close together",
            File { activation: "sin(x)".into(), claims: claim("sin(x)", 398, &far(400)), ..File::default() },
        ),
        ("a variance of many digits", File { sigma_w2: "7".repeat(19_000), layers: 40, ..File::default() }),
        (
            "fractions without a common divisor",
            File {
                points: many(300, |i| format!("{}/{}", "7".repeat(1000 + i), "3".repeat(1300 + i))),
                ..File::default()
            },
        ),
    ] {
        refused(name, &file.text());
    }
}

#[test]
fn sizes() {
    let rows = |n: usize, entry: &str| (1..=n).map(|i| vec![entry.to_string(); i]).collect::<Vec<_>>();
    let line = |n: usize| many(n, |i| (i + 1).to_string());
    for (name, file) in [
        (
            "many points",
            File { points: line(600), bound: bound("1", 4096, &rows(600, "1")), ..File::default() },
        ),
        (
            "many points, many layers",
            File {
                points: line(300),
                layers: 900,
                bound: bound("1", 40, &rows(300, "0")),
                ..File::default()
            },
        ),
        (
            "many layers of a smooth activation",
            File { activation: "tanh".into(), layers: 1000, ..File::default() },
        ),
        (
            "points of one line and a smooth activation",
            File {
                activation: "tanh".into(),
                points: line(400),
                bound: bound("1", 40, &rows(400, "0")),
                ..File::default()
            },
        ),
        (
            "long factors",
            File {
                points: line(12),
                bound: bound("1", 4096, &rows(12, &"8".repeat(10_000))),
                ..File::default()
            },
        ),
        ("points without end", File { points: line(20_000), ..File::default() }),
        (
            "coordinates without end",
            File { points: format!("[[{}\"1\"]]", "\"1\",".repeat(200_000)), ..File::default() },
        ),
        ("claims without end", File { claims: format!("[{}0]", "{},".repeat(200_000)), ..File::default() }),
    ] {
        refused(name, &file.text());
    }
}

#[test]
fn json() {
    for (name, text) in [
        ("lists", "[".repeat(900_000)),
        ("objects", "{\"a\":".repeat(180_000)),
        ("a wide list", format!("[{}1]", "1,".repeat(490_000))),
        ("a wide list of lists", format!("[{}[]]", "[],".repeat(300_000))),
        ("equal keys", format!("{{{}\"a\":1}}", "\"a\":1,".repeat(150_000))),
        (
            "many keys",
            format!("{{{}\"z\":1}}", (0..90_000).map(|i| format!("\"{i}\":1,")).collect::<String>()),
        ),
        ("escapes", format!("\"{}\"", "\\u00e9".repeat(160_000))),
        ("surrogates", format!("\"{}\"", "\\ud83d\\ude00".repeat(80_000))),
        ("an open string", format!("\"{}", "\\\\".repeat(450_000))),
        ("spaces", " ".repeat(990_000)),
        (
            "spaces between tokens",
            File::default().text().replace(", ", &format!(",{}", " ".repeat(30_000))).replace("[[", "[{"),
        ),
        (
            "a number of many digits",
            File { points: format!("[[\"{}\"]]", "7".repeat(950_000)), ..File::default() }.text(),
        ),
        ("layers without end", File { layers: 12_000, ..File::default() }.text()),
        (
            "very many short points",
            File { points: many(70_000, |i| i.to_string()), ..File::default() }.text(),
        ),
        (
            "a huge exponent",
            File { points: "[[\"1e99999999999999999999\"]]".into(), ..File::default() }.text(),
        ),
        ("digits of another script", File { points: "[[\"\u{661}\"]]".into(), ..File::default() }.text()),
        (
            "a name of another script",
            File { activation: "\u{202e}\u{e9}".repeat(100_000), ..File::default() }.text(),
        ),
        ("half a surrogate", format!("\"{}\"", "\\ud800".repeat(150_000))),
        (
            "one key twice",
            File::default().text().replace("\"gamma_w2\"", "\"gamma_w2\": \"1\", \"gamma_w2\""),
        ),
        ("digits", "9".repeat(990_000)),
        ("a long key", format!("{{\"{}\":1}}", "k".repeat(990_000))),
    ] {
        let rejection = refused(name, &text);
        assert!(matches!(rejection, Rejection::Malformed { .. }), "{name}: {rejection}");
    }
}

/// Blocks within blocks, and next to each other.
#[test]
fn blocks() {
    let layer = "{\"activation\": \"relu\", \"sigma_w2\": \"1\", \"sigma_b2\": \"0\"}";
    let file = |layers: &str| {
        let text = File::default().text();
        text.replace(&format!("[{layer}]"), &format!("[{layers}]"))
    };
    let nested = |n: usize, inside: &str, open: &str, close: &str| {
        file(&format!("{}{inside}{}", open.repeat(n), close.repeat(n)))
    };
    let residual = ["{\"residual\": [", "], \"skip\": \"0\"}"];
    let sum = ["{\"sum\": [[", "]], \"weights\": [\"1\"]}"];
    let wide = |branch: &str, n: usize| {
        let (branches, weights) = (vec![format!("[{branch}]"); n].join(","), vec!["\"1\""; n].join(","));
        format!("{{\"sum\": [{branches}], \"weights\": [{weights}]}}")
    };
    let mut malformed = vec![
        ("residual blocks without end", nested(30_000, layer, residual[0], residual[1])),
        ("open residual blocks", format!("{{\"network\": {}", residual[0].repeat(50_000))),
        ("sums without end", nested(20_000, layer, sum[0], sum[1])),
        ("normalizations without end", file(&format!("{layer}{}", ", {\"normalize\": true}".repeat(40_000)))),
        ("branches without end", file(&wide("", 90_000))),
        ("branches without a layer", file(&format!("{layer}, {}", wide("", 100)))),
        ("layers in branches", file(&wide(layer, 1001))),
        (
            "weights without branches",
            file(&format!("{layer}, {{\"sum\": [], \"weights\": [{}\"1\"]}}", "\"1\",".repeat(100_000))),
        ),
        (
            "what is not seen",
            file(&format!("{layer}, {{\"normalize\": {}{}}}", "[".repeat(60), "]".repeat(60))),
        ),
    ];
    // At the limits and one beyond.
    for [open, close] in [residual, sum] {
        malformed.push(("one too deep", nested(33, layer, open, close)));
        let deepest = ends("as deep as may be", &nested(32, layer, open, close));
        assert!(matches!(deepest, Some(Rejection::Refuted { .. })), "{deepest:?}");
    }
    let normalizations = |n: usize| file(&format!("{layer}{}", ", {\"normalize\": true}".repeat(n)));
    malformed.push(("one too many", normalizations(4000)));
    let most = ends("as many as may be", &normalizations(3999));
    assert!(matches!(most, Some(Rejection::Refuted { .. })), "{most:?}");
    for (name, text) in malformed {
        let rejection = refused(name, &text);
        assert!(matches!(rejection, Rejection::Malformed { .. }), "{name}: {rejection}");
    }
    // Sums of sums of sums, each with all that fits.
    let twice = |inner: &str| {
        format!("{{\"sum\": [[{inner}], [{inner}]], \"weights\": [\"1/3\", \"{}\"]}}", "7".repeat(300))
    };
    let tree = (0..8).fold(layer.to_string(), |inner, _| twice(&inner));
    let many = many(60, |i| (i + 1).to_string());
    let rows = (1..=60).map(|i| vec!["0".to_string(); i]).collect::<Vec<_>>();
    let crowded = File { points: many, bound: bound("1", 40, &rows), ..File::default() }.text();
    for (name, layers) in [
        ("a tree of branches", tree.clone()),
        ("a tree of smooth branches", tree.replace("relu", "tanh")),
        ("normalized ones", tree.replace("\"1\"", "\"normalized\"")),
        ("wide", wide(layer, 900)),
        (
            "deep and wide",
            format!("{}{}{}", residual[0].repeat(30), wide(layer, 500), residual[1].repeat(30)),
        ),
    ] {
        for text in [file(&layers), crowded.replace(&format!("[{layer}]"), &format!("[{layers}]"))] {
            ends(name, &text);
        }
    }
}

/// What is too much is said to be too much, not to be false, and in the same way twice.
#[test]
fn too_much_work_is_a_kind_of_its_own() {
    let line = many(300, |i| (i + 1).to_string());
    let rows = (1..=300).map(|i| vec!["0".to_string(); i]).collect::<Vec<_>>();
    let long = File { points: line, layers: 900, bound: bound("1", 40, &rows), ..File::default() }.text();
    let tanh = File { activation: "tanh".into(), layers: 1000, ..File::default() }.text();
    for text in [long, tanh] {
        let rejection = check_with_limits(&text, &small()).unwrap_err();
        assert!(
            matches!(&rejection, Rejection::TooMuchWork { limit, .. } if limit == "limb operations"),
            "{rejection}"
        );
        assert!(rejection.to_string().contains("too much work"), "{rejection}");
        assert_eq!(check_with_limits(&text, &small()).unwrap_err(), rejection);
    }
    // Kinds of formulas and numbers that fit the format, each with limits of its own to pass.
    let layers: Vec<String> = (1..200).map(|i| format!("sin({i}*x)")).collect();
    let waves = File { activation: format!("tanh({})", layers.join("+")), ..File::default() }.text();
    let digits = File {
        points: many(50, |i| format!("{}{}", i + 1, "3".repeat(18_000))),
        bound: bound("1", 40, &(1..=50).map(|i| vec!["1".to_string(); i]).collect::<Vec<_>>()),
        ..File::default()
    }
    .text();
    for text in [waves, digits] {
        let rejection = check_with_limits(&text, &small()).unwrap_err();
        assert!(matches!(rejection, Rejection::TooMuchWork { .. }), "{rejection}");
    }
    let numbers = File { points: many(2000, |_| "1e9999".into()), ..File::default() }.text();
    let limits = Limits { memory: 1 << 18, ..small() };
    let rejection = check_with_limits(&numbers, &limits).unwrap_err();
    assert!(
        matches!(&rejection, Rejection::TooMuchWork { limit, .. } if limit == "bytes of memory"),
        "{rejection}"
    );
}

/// No points, and a bound without rows.
#[test]
fn nothing_at_all_is_refused() {
    for points in ["[]", "null", "[[]]"] {
        let text = File { points: points.into(), bound: bound("1", 40, &[]), ..File::default() }.text();
        let rejection = refused(points, &text);
        assert!(matches!(rejection, Rejection::Malformed { .. }), "{points}: {rejection}");
    }
}

/// What a file says of itself in words changes nothing, and is not repeated.
#[test]
fn words_about_the_file_are_not_believed() {
    let plain = include_str!("certificates/relu-sphere-shallow.json");
    let lie = "every kernel is strictly positive definite";
    let verified = |text: &str| check_with_limits(text, &Limits::default()).map(|report| report.to_string());
    let without = verified(plain).expect("an old file");
    for about in
        [format!("\"{lie}\""), format!("{{\"theorem\": \"{lie}\", \"verdict\": [true]}}"), "null".into()]
    {
        let text = plain.replacen('{', &format!("{{\"about\": {about},"), 1);
        let with = verified(&text).expect("words do no harm");
        assert!(!with.contains(lie) && with.contains("not read, and so not verified: `about`"), "{with}");
        let rest: Vec<&str> = with.lines().filter(|line| !line.starts_with("not read")).collect();
        assert_eq!(rest, without.lines().collect::<Vec<_>>());
    }
    let false_verdict = plain.replacen("\"sphere\"", "\"distinct\"", 1);
    assert_ne!(false_verdict, plain);
    let text = false_verdict.replacen('{', &format!("{{\"about\": \"{lie}\","), 1);
    assert!(verified(&text).is_err());
}
