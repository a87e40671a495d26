//! `ntk gram` in JSON and text, against known values, and what it refuses.

mod common;

use common::*;

#[test]
fn orthogonal_points_in_json() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "2,0,0\n0,1/2,0\n0,0,3\n");
    let answer = json(&["gram", &file, "relu", "--normalize-rows"]);
    assert_eq!(answer["schema"], "ntk-series/gram/1");
    assert_eq!((answer["points"].to_string(), answer["dimension"].to_string()), ("3".into(), "3".into()));
    // Θ(1) = 2, Θ(0) = 1/π.
    let near = |value: &serde_json::Value, truth: f64| {
        let read: f64 = value["value"].as_str().unwrap().parse().unwrap();
        assert!((read - truth).abs() < 1e-8, "{value} against {truth}");
    };
    let off = std::f64::consts::FRAC_1_PI;
    near(&answer["separation"], 2f64.sqrt());
    near(&answer["lambda_min"], 2.0 - off);
    near(&answer["lambda_max"], 2.0 + 2.0 * off);
    near(&answer["effective_rank"], 6.0 / (2.0 + 2.0 * off));
    near(&answer["effective_rank_bound"], 2.0 / off);
    let (smallest, error) = enclosure(&answer["lambda_min"]);
    let mut names = vec![];
    for bound in answer["bounds"].as_array().unwrap() {
        names.push(bound["name"].as_str().unwrap().to_string());
        let (value, slack) = enclosure(bound);
        let slack = slack + &error;
        match bound["kind"].as_str().unwrap() {
            "lower" => assert!(value <= &smallest + slack, "{bound}"),
            "upper" => assert!(value + slack >= smallest, "{bound}"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(
        names,
        [
            "hadamard-gershgorin",
            "hadamard-gershgorin-apriori",
            "harmonic",
            "harmonic-apriori",
            "low-rank",
            "pairwise"
        ]
    );
}

/// Is the error of every number that is printed at most `10^-digits` of it?
fn all_accurate(answer: &serde_json::Value, digits: i32) {
    let keys = ["separation", "lambda_min", "lambda_max", "trace", "effective_rank", "effective_rank_bound"];
    let bounds = answer["bounds"].as_array().unwrap().iter();
    // A bound that is rounded to its safe side is as far from what it bounds as it says.
    let bounds = bounds.filter(|bound| bound.get("rounded").is_none());
    for number in keys.iter().map(|key| &answer[key]).chain(bounds) {
        let (value, error) = enclosure(number);
        let part = |x: &num_rational::BigRational| num_traits::ToPrimitive::to_f64(x).unwrap().abs();
        assert!(part(&error) <= 10f64.powi(-digits) * part(&value), "{number}");
    }
}

#[test]
fn digits_are_kept() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "1,2,3\n1,2,3.0001\n-3,1,1\n-1,-2,-3.5\n0.1,1e-300,2\n");
    for digits in ["3", "15", "40"] {
        let answer =
            json(&["gram", &file, "relu", "--normalize-rows", "--hidden-layers", "2", "--digits", digits]);
        all_accurate(&answer, digits.parse().unwrap());
        assert_eq!(answer["undecided"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn what_is_zero_and_what_may_be() {
    let folder = Folder::new();
    let twice = folder.with("twice.csv", "1,2\n2,4\n0,1\n");
    let answer = json(&["gram", &twice, "relu", "--normalize-rows"]);
    assert_eq!((&answer["lambda_min"]["value"], &answer["lambda_min"]["error"]), (&"0".into(), &"0".into()));
    // Three antipodal pairs of the circle: a null vector is known, though no points are equal.
    let pairs = folder.with("pairs.csv", "1,0\n-1,0\n0,1\n0,-1\n3/5,4/5\n-3/5,-4/5\n");
    let answer = json(&["gram", &pairs, "relu"]);
    assert_eq!((&answer["lambda_min"]["value"], &answer["lambda_min"]["error"]), (&"0".into(), &"0".into()));
    // Rank two of three, by no equality of points: printed with the error that is proved, and status 3.
    let plane = folder.with("plane.csv", "1,2\n2,1\n0,1\n");
    let said = ntk(&["gram", &plane, "x", "--normalize-rows", "--format", "json"]);
    assert_eq!(said.status, 3, "{}", said.stderr);
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(answer["undecided"][0], "lambda_min");
    let (value, error) = enclosure(&answer["lambda_min"]);
    assert!(value <= error);
}

#[test]
fn one_row_mixed_layouts_and_tiny_numbers() {
    let folder = Folder::new();
    let one = folder.with("one.csv", "3,4\n");
    let answer = json(&["gram", &one, "relu", "--normalize-rows"]);
    assert_eq!((&answer["points"], &answer["separation"]), (&1.into(), &serde_json::Value::Null));
    assert!(answer["lambda_min"]["value"].as_str().unwrap().starts_with('2'));
    // Tiny entries count exactly: the rows differ by 10^-300.
    let tiny = folder.with("tiny.csv", "\"1\", 1e-300\r\n1 , 0\r\n");
    let answer = json(&["gram", &tiny, "relu", "--normalize-rows"]);
    let smallest = answer["lambda_min"]["value"].as_str().unwrap().to_string();
    assert!(smallest.contains("e-30") || smallest.starts_with("0.0000"), "{smallest}");
    for (name, text, why) in [("mixed.csv", "1,2\n3;4\n", "line 2"), ("ragged.csv", "1,2\n3\n", "line 2")] {
        refused(2, &["gram", &folder.with(name, text), "relu", "--normalize-rows"], &[name, why]);
    }
}

/// The same points in the layouts that people have, and what is said of how they were read.
#[test]
fn data_as_people_have_it() {
    let folder = Folder::new();
    let plain = json(&["gram", &folder.with("plain.csv", "1,2\n3,-4\n"), "relu", "--normalize-rows"]);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n";
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([1.0f64, 2.0, 3.0, -4.0].iter().flat_map(|x| x.to_le_bytes()));
    let npy = folder.with("points.npy", bytes);
    let layouts: [(&str, String, &[&str], &str); 8] = [
        ("wine", folder.with("wine.csv", "\"fixed acidity\";\"sulphates\"\n1;2\n3;-4\n"), &[], "semicolons"),
        ("yacht", folder.with("yacht.data", " 1   2 \n3 -4 \n\n"), &[], "blanks"),
        ("savetxt", folder.with("savetxt.txt", "# a b\n1.0e+00 2.0e+00\n3.0e+00 -4.0e+00\n"), &[], "blanks"),
        ("pandas", folder.with("pandas.csv", ",a,b\n0,1.0,2.0\n1,3.0,-4.0\n"), &[], "names of rows"),
        ("tabs", folder.with("tabs.tsv", "a\tb\n1\t2\n3\t-4\n"), &[], "tabs"),
        (
            "iris",
            folder.with("iris.csv", "1,2,setosa\n3,-4,virginica\n"),
            &["--columns", "1-2"],
            "columns 1, 2",
        ),
        ("twice", folder.with("twice.csv", "1,2\n3,-4\n1,2\n"), &["--drop-duplicates"], "1 left out"),
        ("numpy", npy, &[], "numpy"),
    ];
    for (name, path, options, words) in layouts {
        let args = [&["gram", &path, "relu", "--normalize-rows"], options].concat();
        let found = json(&args);
        assert_eq!(found["lambda_min"], plain["lambda_min"], "{name}");
        let said = printed(&args);
        assert!(said.contains(words), "{name}: {said}");
    }
    let iris = folder.with("text.csv", "a,b,species\n1,2,setosa\n3,-4,virginica\n");
    refused(2, &["gram", &iris, "relu", "--normalize-rows"], &["setosa", "`species`", "--columns"]);
    refused(2, &["gram", &iris, "relu", "--columns", "a,d"], &["column = d", "names in the header"]);
    let commas = folder.with("commas.csv", "0,5;1\n2;3\n");
    refused(2, &["gram", &commas, "relu"], &["0,5", "with a point"]);
}

#[test]
fn network_files_and_truncation() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "1,2,3\n3,-1,1\n-1,2,0\n");
    let network = folder.with(
        "network.json",
        r#"{"layers": [{"activation": "abs", "sigma_w2": 2}, {"activation": "relu", "sigma_w2": "3/2"}]}"#,
    );
    let answer = json(&["gram", &file, "--network", &network, "--normalize-rows", "--truncation", "1"]);
    assert_eq!((&answer["activation"], &answer["points"]), (&serde_json::Value::Null, &3.into()));
    all_accurate(&answer, 15);
    let truncation = &answer["truncation"];
    assert!(truncation["degree"].as_u64().unwrap() > 0 && truncation["epsilon"] == "1");
    let (value, error) = enclosure(&truncation["norm"]);
    assert!(value + error <= num_rational::BigRational::from_integer(1.into()));
    refused(2, &["gram", &file, "erf", "--network", &network], &["network"]);
    refused(2, &["gram", &file, "erf", "--normalize-rows", "--truncation", "0"], &["above 0"]);
    refused(2, &["gram", &file, "erf", "--normalize-rows", "--truncation", "x"], &["--truncation"]);
}

#[test]
fn other_formats_and_options() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "3/5,4/5\n1,0\n");
    let text = printed(&["gram", &file, "tanh", "--kernel", "nngp", "--digits", "8"]);
    assert!(text.contains("harmonic") && text.contains("smallest eigenvalue"), "{text}");
    check_latex(&printed(&["gram", &file, "erf", "--format", "latex"]));
    markdown_table(&printed(&["gram", &file, "erf", "--format", "markdown"]));
    assert_eq!(csv(&printed(&["gram", &file, "erf", "--format", "csv"]))[0][0], "name");
}

#[test]
fn refusals() {
    let folder = Folder::new();
    let off = folder.with("off.csv", "1,0\n0,2\n");
    refused(2, &["gram", &off, "relu"], &["point 2", "--normalize-rows"]);
    let origin = folder.with("origin.csv", "1,0\n0,0\n");
    refused(2, &["gram", &origin, "relu", "--normalize-rows"], &["point 2"]);
    refused(2, &["gram", &folder.file("none.csv"), "relu"], &["none.csv"]);
    refused(2, &["gram", &folder.with("empty.csv", ""), "relu"], &["empty.csv"]);
}
